import { expect, test } from "@jest/globals";
import { readQueueRules } from "./queue-rules.ts";

test("without settings all projects have the same share and priority", () => {
  const { shareOf, priorityOf } = readQueueRules(undefined, undefined);
  expect([shareOf("octo/repo"), priorityOf("octo/repo", "main")]).toEqual([1, 0]);
});

test("the first entry that fits a project, and its branch or tag, counts", () => {
  const { shareOf, priorityOf } = readQueueRules(
    "octo/big=0.5, octo/*=2",
    "octo/repo@release-*=10,*@main=5,Octo/repo=-1",
  );
  expect(["octo/big", "Octo/Other", "else/where"].map(shareOf)).toEqual([0.5, 2, 1]);
  const of = (repository: string, ref: string) => priorityOf(repository, ref);
  expect(of("octo/repo", "release-2")).toBe(10);
  expect(of("else/where", "main")).toBe(5);
  expect(of("octo/repo", "a@b")).toBe(-1);
  expect(of("else/where", "maintenance")).toBe(0);
});

test.each([
  ["octo/repo", undefined, "FMG_PROJECT_SHARES"],
  ["octo/repo=0", undefined, "FMG_PROJECT_SHARES"],
  ["octo/repo=much", undefined, "FMG_PROJECT_SHARES"],
  [undefined, "octo/repo@main=1.5", "FMG_PRIORITIES"],
  [undefined, "=1", "FMG_PRIORITIES"],
])("%s and %s are refused by the name %s", (shares, priorities, name) => {
  expect(() => readQueueRules(shares, priorities)).toThrow(`${name} is "`);
});
