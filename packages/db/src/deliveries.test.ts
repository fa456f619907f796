import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createAcceptor, acceptDelivery, keepInvalidDelivery, recordIgnoredDelivery } from "./deliveries.ts";
import { connectionOf, openDb } from "./open-db.ts";
import { dueStatuses } from "./outbox.ts";
import { getPipeline, listPipelines } from "./pipelines.ts";
import { aPush, temporaryDb, type TemporaryDb } from "./testing/builders.ts";

let temporary: TemporaryDb;
beforeEach(() => {
  temporary = temporaryDb();
});
afterEach(() => temporary.remove());

const count = (table: string) =>
  connectionOf(temporary.db).sqlite.prepare(`select count(*) from ${table}`).pluck().get();

test("a push becomes a pending pipeline with the first status of its commit", () => {
  const { db } = temporary;
  const push = aPush({ body: Buffer.from('{"ref":"x"}') });

  const accepted = acceptDelivery(db, push);

  expect(accepted).toEqual({ kind: "created", pipelineId: 1 });
  expect(getPipeline(db, 1)).toMatchObject({
    status: "pending",
    owner: "octo",
    name: "repo",
    number: 1,
    branch: "main",
    tag: null,
    sha: push.trigger.sha,
    event: push.trigger,
    repository: push.repository,
    diagnostics: [],
    createdAt: push.receivedAt,
    finishedAt: null,
  });
  expect(dueStatuses(db, push.receivedAt, 10)).toMatchObject([
    {
      context: "fmg",
      state: "pending",
      sha: push.trigger.sha,
      owner: "octo",
      repo: "repo",
      targetUrl: "http://fmg.test/p/1",
    },
  ]);
  const body = connectionOf(db).sqlite.prepare("select body from delivery_bodies").pluck().get();
  expect(body).toEqual(push.body);
});

test("a delivery that comes again makes no second pipeline", () => {
  const { db } = temporary;
  acceptDelivery(db, aPush());
  expect(acceptDelivery(db, aPush())).toEqual({ kind: "repeated", pipelineId: 1 });
  expect(acceptDelivery(db, aPush({ deliveryId: "delivery-2" }))).toEqual({ kind: "created", pipelineId: 2 });
});

test("pipelines count per repository, also when it is renamed", () => {
  const { db } = temporary;
  acceptDelivery(db, aPush({ deliveryId: "1" }));
  acceptDelivery(db, aPush({ deliveryId: "2", repoId: 2, repo: "octo/other" }));
  acceptDelivery(db, aPush({ deliveryId: "3", repo: "octo/renamed" }));
  expect([1, 2, 3].map((id) => getPipeline(db, id)?.number)).toEqual([1, 1, 2]);
  expect(getPipeline(db, 1)).toMatchObject({ name: "renamed", repository: { name: "repo" } });
  expect(listPipelines(db, { limit: 9, repo: "octo/renamed" }).items.map((row) => row.id)).toEqual([3, 1]);
});

test("a tag's pipeline has no branch", () => {
  const { db } = temporary;
  acceptDelivery(db, aPush({ tag: "v1.0" }));
  expect(getPipeline(db, 1)).toMatchObject({ branch: null, tag: "v1.0" });
});

test("an ignored or invalid delivery makes no pipeline, and may be accepted when it is sent again", () => {
  const { db } = temporary;
  recordIgnoredDelivery(db, aPush({ deliveryId: "ignored" }), "the branch was deleted");
  keepInvalidDelivery(
    db,
    aPush({ deliveryId: "invalid", body: Buffer.from("[]") }),
    "the body is not an object",
  );
  keepInvalidDelivery(
    db,
    aPush({ deliveryId: "invalid", body: Buffer.from("[]") }),
    "the body is not an object",
  );
  expect([count("deliveries"), count("delivery_bodies"), count("pipelines")]).toEqual([2, 1, 0]);

  expect(acceptDelivery(db, aPush({ deliveryId: "ignored" })).kind).toBe("created");
  expect(acceptDelivery(db, aPush({ deliveryId: "invalid" })).kind).toBe("created");
  expect([count("deliveries"), count("delivery_bodies"), count("pipelines")]).toEqual([2, 2, 2]);
  keepInvalidDelivery(db, aPush({ deliveryId: "invalid" }), "too late");
  expect(acceptDelivery(db, aPush({ deliveryId: "invalid" })).kind).toBe("repeated");
});

test("deliveries of one turn of the event loop are accepted together, repeats once", async () => {
  const { db } = temporary;
  const acceptor = createAcceptor(db);
  const ids = Array.from({ length: 250 }, (_, index) => `delivery-${Math.floor(index / 2)}`);

  const accepted = await Promise.all(ids.map((deliveryId) => acceptor.accept(aPush({ deliveryId }))));

  expect(accepted.filter(({ kind }) => kind === "created")).toHaveLength(125);
  expect(new Set(accepted.map(({ pipelineId }) => pipelineId)).size).toBe(125);
  accepted.forEach(({ pipelineId }, index) =>
    expect(pipelineId).toBe(accepted[index - (index % 2)]?.pipelineId),
  );
  expect([count("deliveries"), count("pipelines")]).toEqual([125, 125]);
});

test("what was accepted is committed when the promise resolves", async () => {
  const { pipelineId } = await createAcceptor(temporary.db).accept(aPush());
  const other = openDb(temporary.file, { migrate: false });
  expect(getPipeline(other, pipelineId)?.status).toBe("pending");
  other.close();
});

test("a delivery that cannot be stored fails alone", async () => {
  const { db } = temporary;
  const acceptor = createAcceptor(db);
  const impossible = aPush({ deliveryId: "impossible", receivedAt: null as unknown as number });

  const [first, failed, last] = await Promise.allSettled([
    acceptor.accept(aPush({ deliveryId: "first" })),
    acceptor.accept(impossible),
    acceptor.accept(aPush({ deliveryId: "last" })),
  ]);

  expect([first.status, failed.status, last.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(listPipelines(db, { limit: 9 }).items).toHaveLength(2);
  expect(dueStatuses(db, 1_000, 9)).toHaveLength(1);
});

test("a database that cannot be written rejects every delivery of the group", async () => {
  const { db } = temporary;
  connectionOf(db).sqlite.pragma("query_only = ON");
  const acceptor = createAcceptor(db);
  const settled = await Promise.allSettled([
    acceptor.accept(aPush()),
    acceptor.accept(aPush({ deliveryId: "2" })),
  ]);
  expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  connectionOf(db).sqlite.pragma("query_only = OFF");
  expect((await acceptor.accept(aPush())).kind).toBe("created");
});
