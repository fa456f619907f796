import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { aJob, aWorkflow } from "@fmg/core/testing";
import { inTransaction, listJobs, moveJob, moveWorkflow } from "@fmg/db";
import { pino } from "pino";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { aStoredPipeline, testServices, type TestServices } from "../../testing/test-services.ts";
import { recordWorkflowStatuses } from "../record-statuses.ts";
import { createNotificationSender } from "./notification-sender.ts";

const secret = "canary-of-the-signature";
const password = "canary-of-the-mail";
const never = new AbortController().signal;

let folder: string;
let server: Server;
let url: string;
let seen: { headers: IncomingHttpHeaders; body: string }[];
let answer: (response: ServerResponse) => void;
let kit: TestServices;
let lines: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "fmg-notify-"));
  seen = [];
  lines = [];
  answer = (response) => response.end("ok");
  server = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ headers: request.headers, body });
      answer(response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/canary`;
});
afterEach(async () => {
  await kit.close();
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

/** Services of an operator with this file, and a workflow that broke. */
function broken(file: object): void {
  const path = join(folder, "notify.json");
  writeFileSync(path, JSON.stringify(file), { mode: 0o600 });
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  kit = testServices({ env: { FMG_NOTIFY_FILE: path, FMG_PUBLIC_URL: "https://fmg.test" }, log });
  const { db, now } = kit.services;
  const { pipelineId, workflowIds } = aStoredPipeline(kit.services, {
    ...aWorkflow(aJob("unit <b>")),
    name: "build",
  });
  const [found] = listJobs(db, { pipelineId });
  inTransaction(db, () => {
    moveJob(db, found!.job.id, "blocked", { status: "queued", at: now() });
    moveJob(db, found!.job.id, "queued", { status: "running", at: now() });
    const message = 'step "npm test" ended with exit code 1';
    moveJob(db, found!.job.id, "running", { status: "failure", reason: "step_failed", message, at: now() });
    moveWorkflow(db, workflowIds[0]!, "running", { status: "failure", at: now() });
    recordWorkflowStatuses(kit.services, workflowIds[0]!);
  });
}

const deliver = (sendTimeoutMs = 5000) =>
  createNotificationSender(kit.services, { sendTimeoutMs }).deliver(never);
const loopback = { allowNetworks: ["127.0.0.0/8"] };
const hook = () => ({ name: "hook", kind: "webhook", url, secret });

test("a webhook tells what broke, signed over its id, its time and its body", async () => {
  broken({ receivers: [hook()], ...loopback });
  expect(await deliver()).toBeUndefined();

  const { headers, body } = seen[0]!;
  const signed = [headers["webhook-id"], headers["webhook-timestamp"], body].join(".");
  const expected = createHmac("sha256", secret).update(signed).digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
  expect(Number(headers["webhook-timestamp"])).toBe(Math.floor(kit.services.now() / 1000));
  expect(JSON.parse(body)).toMatchObject({
    id: headers["webhook-id"],
    event: "workflow.broken",
    repo: { owner: "octo", name: "repo" },
    pipeline: { id: 1, branch: "main", tag: null, url: "https://fmg.test/p/1", author: "ada" },
    workflow: { name: "build", status: "failure" },
    failed: [{ job: "unit <b>", status: "failure", message: 'step "npm test" ended with exit code 1' }],
    previous: null,
  });
  expect(await deliver()).toBeUndefined();
  expect(seen).toHaveLength(1);
});

test("a chat gets a line and the jobs that failed, and nothing in them is taken for its own marks", async () => {
  broken({ receivers: [{ name: "chat", kind: "slack", url }], ...loopback });
  await deliver();
  const { text: line, attachments } = JSON.parse(seen[0]!.body) as {
    text: string;
    attachments: { color: string; title_link: string; text: string }[];
  };
  expect(line).toBe("octo/repo main: workflow build is broken (#1)");
  expect(attachments[0]).toMatchObject({ color: "danger", title_link: "https://fmg.test/p/1" });
  expect(attachments[0]!.text).toContain('unit &lt;b&gt;: step "npm test" ended with exit code 1');
});

test("a receiver that cannot take it is asked again with the same id, later and later, and as late as it says", async () => {
  broken({ receivers: [hook()], ...loopback });
  const pauses: number[] = [];
  const answers: ((response: ServerResponse) => void)[] = [
    (response) => response.writeHead(500).end(),
    (response) => response.destroy(),
    () => undefined,
    (response) => response.writeHead(429, { "retry-after": "120" }).end(),
  ];
  for (answer of answers) {
    const nextAt = await deliver(100);
    pauses.push((nextAt! - kit.services.now()) / 1000);
    expect(await deliver(100)).toBe(nextAt);
    kit.advanceTime(nextAt! - kit.services.now());
  }
  answer = (response) => response.end();
  expect(await deliver()).toBeUndefined();
  expect(pauses).toEqual([5, 10, 20, 120]);
  expect(seen).toHaveLength(5);
  expect(new Set(seen.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
});

test.each([
  [302, "a redirect"],
  [410, "answered 410"],
])("a receiver that answers %i is not asked again", async (status, reason) => {
  broken({ receivers: [hook()], ...loopback });
  answer = (response) => response.writeHead(status, { location: url }).end();
  expect(await deliver()).toBeUndefined();
  expect(seen).toHaveLength(1);
  expect(lines.join("")).toContain(reason);
});

test("no packet goes to an address that is not public, by number or by name (SEC-13)", async () => {
  const { port } = server.address() as AddressInfo;
  let connections = 0;
  server.on("connection", () => connections++);
  const hosts = ["127.0.0.1", "localhost", "0x7f.1", "[::ffff:7f00:1]", "2130706433", "169.254.169.254"];
  const receivers = hosts.map((host, index) => ({
    ...hook(),
    name: `r${index}`,
    url: `http://${host}:${port}/`,
  }));
  broken({ receivers });
  expect(await deliver()).toBeUndefined();
  expect(connections).toBe(0);
  expect(lines.filter((line) => line.includes("no public address"))).toHaveLength(hosts.length);
});

test("a receiver that is not in the file any more gets nothing, and no secret stands in the log or the database (SEC-6)", async () => {
  broken({ receivers: [hook(), { name: "chat", kind: "slack", url }], ...loopback });
  answer = (response) => response.writeHead(400).end();
  await deliver();
  expect(lines).toHaveLength(2);
  const { dataDir } = kit.services.settings;
  const stored = readdirSync(dataDir)
    .filter((name) => name.startsWith("fmg.db"))
    .map((name) => readFileSync(join(dataDir, name), "latin1"));
  expect(stored.join("")).toContain("hook");
  for (const shown of [...stored, ...lines]) expect(shown).not.toContain("canary");
});

interface Mail {
  readonly to: readonly string[];
  readonly user: unknown;
  readonly text: string;
}

async function startMailServer(
  options: SMTPServerOptions,
  port = 0,
): Promise<{ port: number; mails: Mail[]; server: SMTPServer }> {
  const mails: Mail[] = [];
  const mailServer = new SMTPServer({
    authOptional: true,
    onAuth: ({ username, password: given }, _session, done) =>
      given === password ? done(null, { user: username ?? "" }) : done(new Error("wrong password")),
    onData: (stream, session, done) => {
      const to = session.envelope.rcptTo.map(({ address }) => address);
      let content = "";
      stream.setEncoding("utf8").on("data", (chunk: string) => (content += chunk));
      stream.once("end", () => {
        mails.push({ to, user: session.user, text: content });
        done();
      });
    },
    ...options,
  });
  mailServer.listen(port, "127.0.0.1");
  await once(mailServer.server, "listening");
  return { port: (mailServer.server.address() as AddressInfo).port, mails, server: mailServer };
}

const mailFile = (port: number) => ({
  mail: { url: `smtp://fmg:${password}@127.0.0.1:${port}`, from: "FMG <ci@fmg.test>" },
  receivers: [{ name: "team", kind: "mail", to: ["ada@fmg.test", "bob@fmg.test"] }],
});

test("a mail goes to all addresses with the server's password, and once more under the same id when the server was busy", async () => {
  let busy = true;
  const {
    port,
    mails,
    server: mailServer,
  } = await startMailServer({
    hideSTARTTLS: true,
    onMailFrom: (_address, _session, done) => {
      if (!busy) return done();
      busy = false;
      return done(Object.assign(new Error("try again later"), { responseCode: 451 }));
    },
  });
  try {
    broken(mailFile(port));
    const nextAt = await deliver();
    expect(mails).toEqual([]);
    kit.advanceTime(nextAt! - kit.services.now());
    expect(await deliver()).toBeUndefined();
    expect(mails).toMatchObject([{ to: ["ada@fmg.test", "bob@fmg.test"], user: "fmg" }]);
    expect(mails[0]!.text).toMatch(/^Subject: octo\/repo main: workflow build is broken \(#1\)\r$/m);
    expect(mails[0]!.text).toMatch(/^Message-ID: <msg_test-services_1@fmg.test>\r$/m);
    expect(mails[0]!.text).toContain("https://fmg.test/p/1");
    expect(lines.join("")).not.toContain("canary");
  } finally {
    await new Promise<void>((resolve) => mailServer.close(resolve));
  }
});

test("a mail server whose certificate nobody vouches for gets neither the password nor the mail, and one that refuses gets it once", async () => {
  const offered: string[] = [];
  const strange = await startMailServer({
    // Else it warns of its own certificate, which everybody knows.
    logger: false,
    onAuth: (auth, _session, done) => (offered.push(String(auth.password)), done(null, { user: "x" })),
  });
  try {
    broken(mailFile(strange.port));
    expect(await deliver()).toBeGreaterThan(kit.services.now());
    expect({ offered, mails: strange.mails }).toEqual({ offered: [], mails: [] });
    expect(lines.join("")).toMatch(/certificate|self-signed/);
  } finally {
    await new Promise<void>((resolve) => strange.server.close(resolve));
  }
  const refusing = await startMailServer(
    {
      hideSTARTTLS: true,
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error("unknown"), { responseCode: 550 })),
    },
    strange.port,
  );
  try {
    kit.advanceTime(60_000);
    expect(await deliver()).toBeUndefined();
    expect(lines.at(-1)).toContain("could not be notified");
  } finally {
    await new Promise<void>((resolve) => refusing.server.close(resolve));
  }
});
