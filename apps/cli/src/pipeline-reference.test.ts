import { expect, test } from "@jest/globals";

import { readPipelineReference } from "./pipeline-reference.ts";

test.each([
  ["5", { kind: "id", id: 5 }],
  ["#5", { kind: "id", id: 5 }],
  ["http://fmg.example:5000/p/5", { kind: "id", id: 5 }],
  ["https://example.com/fmg/p/5?x=1#log", { kind: "id", id: 5 }],
  ["http://fmg.example:5000/p/5/j/unit%20test/2", { kind: "id", id: 5, job: "unit test:2" }],
  ["http://fmg.example:5000/p/5/j/build", { kind: "id", id: 5, job: "build" }],
  ["a1b2c3d", { kind: "beginning", text: "a1b2c3d" }],
  ["0190a1b2-c3d4", { kind: "beginning", text: "0190a1b2-c3d4" }],
  ["1234567", { kind: "id", id: 1234567 }],
  ["latest", { kind: "latest", branch: undefined }],
  ["latest@feature/x", { kind: "latest", branch: "feature/x" }],
])("a pipeline is named by %s", (text, reference) => {
  expect(readPipelineReference(text)).toEqual(reference);
});

test.each([
  "",
  "a1b2c3",
  "g1b2c3d",
  "0",
  "-1",
  "5.5",
  "5x",
  "#",
  "latest@",
  "99999999999999999999",
  "http://fmg.example/p/x",
])("nothing is named by %j", (text) => {
  expect(() => readPipelineReference(text)).toThrow(expect.objectContaining({ code: "usage" }));
});
