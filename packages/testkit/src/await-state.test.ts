import { expect, test } from "@jest/globals";
import { awaitState } from "./await-state.ts";

const counter = () => {
  let count = 0;
  return () => Promise.resolve((count += 1));
};

test("the wanted state is returned when it comes", async () => {
  const state = await awaitState({
    what: "three",
    read: counter(),
    judge: (count) => (count >= 3 ? "reached" : "waiting"),
    deadlineMs: 5000,
    everyMs: 1,
  });

  expect(state).toBe(3);
});

test("past the deadline the message has the last state", async () => {
  const waiting = awaitState({
    what: "the end",
    read: () => Promise.resolve({ status: "running" }),
    judge: () => "waiting",
    deadlineMs: 20,
    everyMs: 1,
  });

  await expect(waiting).rejects.toThrow(/the end did not happen within 20 ms. Last seen: .*running/s);
});

test("a state that cannot come any more ends the waiting at once", async () => {
  const waiting = awaitState({
    what: "success",
    read: () => Promise.resolve("failure"),
    judge: () => ({ unreachable: "it has ended" }),
    deadlineMs: 60_000,
  });

  await expect(waiting).rejects.toThrow("success cannot happen: it has ended. Seen: failure");
});

test("an error of reading is no end, but is shown when nothing better comes", async () => {
  const waiting = awaitState({
    what: "an answer",
    read: () => Promise.reject(new Error("connection refused")),
    judge: () => "reached",
    deadlineMs: 20,
    everyMs: 1,
  });

  await expect(waiting).rejects.toThrow("connection refused");
});
