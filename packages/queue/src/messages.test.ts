import { expect, test } from "@jest/globals";
import { liveChangeFrom, messageFrom, payloadOf, type BellMessage } from "./messages.ts";

test.each<BellMessage>([
  { queue: "pipelines", pipelineId: 5 },
  { queue: "workflows", workflowId: 1 },
  { queue: "statuses", outboxId: 0 },
  { queue: "jobs", label: "default", attemptId: 9 },
])("%j comes out as it went in", (message) => {
  const wire: unknown = JSON.parse(JSON.stringify(payloadOf(message)));
  expect(messageFrom(message.queue, wire)).toEqual(message);
});

test.each([
  { workflowId: 5 },
  { pipelineId: "5" },
  { pipelineId: 1.5 },
  { pipelineId: 1, extra: true },
  null,
  "5",
])("%j is no message of the queue pipelines", (payload) => {
  expect(messageFrom("pipelines", payload)).toBeUndefined();
});

test("a message that its queue does not know is not sent", () => {
  expect(() => payloadOf({ queue: "jobs", label: "a:b", attemptId: 1 })).toThrow(
    "not a message of the queue jobs",
  );
});

test("a live message that is not ours is left alone", () => {
  expect(liveChangeFrom('{"pipelineId":1,"kind":"log","attemptId":2,"step":0}')).toEqual({
    pipelineId: 1,
    kind: "log",
    attemptId: 2,
    step: 0,
  });
  for (const text of ["", "{", '{"pipelineId":1}', '{"pipelineId":1,"kind":"other"}']) {
    expect(liveChangeFrom(text)).toBeUndefined();
  }
});
