import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Status } from "@fmg/core";
import { aJob, aWorkflow } from "@fmg/core/testing";
import {
  dueNotification,
  inTransaction,
  keepQuiet,
  markNotified,
  moveWorkflow,
  nextNotificationAt,
  receiverName,
} from "@fmg/db";
import { aStoredPipeline, testServices, type TestServices } from "../../testing/test-services.ts";
import { recordWorkflowStatuses } from "../record-statuses.ts";

let folder: string;
let kit: TestServices;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-changes-"));
  const file = join(folder, "notify.json");
  const slack = (name: string) => ({ name, kind: "slack", url: "https://hooks.test/" });
  writeFileSync(file, JSON.stringify({ receivers: [slack("chat"), { ...slack("broken"), on: ["broken"] }] }));
  chmodSync(file, 0o600);
  kit = testServices({ env: { FMG_NOTIFY_FILE: file } });
});
afterEach(async () => {
  await kit.close();
  rmSync(folder, { recursive: true });
});

function aPipeline(name = "build"): number {
  return aStoredPipeline(kit.services, { ...aWorkflow(aJob("a")), name }).workflowIds[0]!;
}

function end(workflowId: number, status: Status): void {
  const { db, now } = kit.services;
  inTransaction(db, () => {
    moveWorkflow(db, workflowId, "running", { status, at: now() });
    recordWorkflowStatuses(kit.services, workflowId);
  });
}

/** What is to be told, in order, as "receiver change". */
function told(): string[] {
  const { db, now } = kit.services;
  const found: string[] = [];
  for (;;) {
    const row = dueNotification(db, now());
    if (row === undefined) return found;
    found.push(`${row.receiver} ${row.change}`);
    markNotified(db, row.id, now());
  }
}

test("receivers hear of a workflow that broke, and of its repair, once each and in this order", () => {
  for (const status of ["success", "failure", "failure", "error", "success", "success"] as const) {
    end(aPipeline(), status);
  }
  expect(told()).toEqual(["chat broken", "broken broken", "chat fixed"]);
});

test("each workflow of a branch has a state of its own, and what was canceled changes none", () => {
  end(aPipeline("build"), "success");
  end(aPipeline("build"), "canceled");
  end(aPipeline("nightly"), "success");
  expect(told()).toEqual([]);
  end(aPipeline("nightly"), "failure");
  expect(told()).toEqual(["chat broken", "broken broken"]);
  end(aPipeline("build"), "success");
  expect(told()).toEqual([]);
});

test("an outcome that comes after a newer commit's is no news", () => {
  const [older, newer] = [aPipeline(), aPipeline()];
  end(newer, "success");
  end(older, "failure");
  expect(told()).toEqual([]);
});

test("what is recorded twice is told once, and what is undone is not told", () => {
  const id = aPipeline();
  const { db } = kit.services;
  expect(() =>
    inTransaction(db, () => {
      end(id, "failure");
      throw new Error("undone");
    }),
  ).toThrow("undone");
  expect(told()).toEqual([]);
  end(id, "failure");
  recordWorkflowStatuses(kit.services, id);
  expect(told()).toEqual(["chat broken", "broken broken"]);
});

test("a receiver that is left alone holds up no other, and keeps its own order", () => {
  const { db, now } = kit.services;
  end(aPipeline(), "failure");
  keepQuiet(db, receiverName("chat"), now() + 5000);
  end(aPipeline(), "success");
  expect(told()).toEqual(["broken broken"]);
  expect(nextNotificationAt(db)).toBe(now() + 5000);
  kit.advanceTime(5000);
  expect(told()).toEqual(["chat broken", "chat fixed"]);
});
