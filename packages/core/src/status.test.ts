import { expect, test } from "@jest/globals";
import { isFinal, statuses, transitions, type EntityKind } from "./status.ts";

test.each(Object.keys(transitions) as EntityKind[])("a final %s stays final", (kind) => {
  for (const status of statuses.filter(isFinal)) expect(transitions[kind][status]).toBeUndefined();
});

test.each(Object.keys(transitions) as EntityKind[])("every state of a %s can reach a final one", (kind) => {
  for (const from of statuses.filter((status) => transitions[kind][status] !== undefined)) {
    const seen = new Set([from]);
    for (const status of seen) for (const to of transitions[kind][status] ?? []) seen.add(to);
    expect([...seen].some(isFinal)).toBe(true);
  }
});
