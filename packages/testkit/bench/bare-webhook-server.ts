/*
 * The floor of P6, as a process of its own: bare fastify, HMAC over the raw bytes, JSON.parse and one durable row per
 * delivery, nothing of FMG.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import Database from "better-sqlite3";
import fastify from "fastify";

const secret = process.env["WEBHOOK_SECRET"]!;
const db = new Database(process.env["DATABASE"]);
db.pragma("journal_mode = WAL");
db.pragma("synchronous = FULL");
db.exec("create table deliveries (id integer primary key, delivery text unique, event text, sha text)");
const insert = db.prepare("insert into deliveries (delivery, event, sha) values (?, ?, ?)");

const app = fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
app.post("/webhook", (request, reply) => {
  const body = request.body as Buffer;
  const expected = createHmac("sha256", secret).update(body).digest();
  const given = Buffer.from(String(request.headers["x-hub-signature-256"]).slice("sha256=".length), "hex");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return reply.status(401).send();
  const { after } = JSON.parse(body.toString()) as { after: string };
  const { lastInsertRowid } = insert.run(
    request.headers["x-github-delivery"],
    request.headers["x-github-event"],
    after,
  );
  return reply.status(202).send({ pipelineId: Number(lastInsertRowid) });
});
const url = await app.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`${JSON.stringify({ msg: "listening", url })}\n`);
process.once("SIGTERM", () => void app.close().then(() => process.exit(0)));
