import { X509Certificate } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";

import { expect, jest, test } from "@jest/globals";
import { Secret } from "@fmg/core";

import { opensslFiles } from "../../test/openssl-files.ts";
import { aJobPlan, aRun } from "../../test/plans.ts";
import { record } from "../../test/recorder.ts";
import { useRealDocker } from "../../test/real-docker.ts";
import { authorityOf } from "./authority.ts";
import type { Continuation, ContinuationRequest } from "./continuation.ts";
import { readRequest } from "./endpoint.ts";

// Real containers, on a machine that may be busy with other tests.
jest.setTimeout(90_000);

const theirs = "-----BEGIN CERTIFICATE-----\nof the image\n-----END CERTIFICATE-----\n";

const docker = useRealDocker({
  openssl: { files: opensslFiles },
  trusting: {
    user: "builder",
    files: async () => [
      { name: "etc/ssl/certs/ca-certificates.crt", kind: "file", mode: 0o644, content: theirs },
    ],
  },
});

/** Speaks HTTP over TLS that checks the certificate against whom the job trusts. */
const client = `say() {
  printf '%s HTTP/1.1\\r\\nHost: fmg.internal\\r\\nContent-Length: %d\\r\\n\\r\\n%s' "$1" "\${#2}" "$2" |
    openssl s_client -quiet -verify_return_error -verify_hostname fmg.internal -CAfile "$SSL_CERT_FILE" \\
      -connect fmg.internal:4439 2>/dev/null | sed -n '1p;$p'
}
post() { say "POST /api/v2/pipeline/continue" "$1"; }
`;

const keyText = "the-key-of-this-pipeline";

function aContinuation(
  answer: Continuation["accept"] = async () => ({ status: 200, message: "ok" }),
): Continuation & { readonly asked: ContinuationRequest[] } {
  const asked: ContinuationRequest[] = [];
  return {
    key: new Secret(keyText),
    asked,
    accept(request) {
      asked.push(request);
      return answer(request);
    },
  };
}

const body = (configuration: string, more = "") =>
  `{\\"continuation-key\\": \\"$CIRCLE_CONTINUATION_KEY\\", \\"configuration\\": \\"${configuration}\\"${more}}`;

test("a setup job continues its pipeline over TLS that it trusts, and no log shows the key (R-DYN-2, R-DYN-11, R-MASK-1)", async () => {
  const continuation = aContinuation(async ({ configuration }) =>
    configuration === "first"
      ? { status: 200, message: "ok" }
      : { status: 410, message: "It was continued before." },
  );
  const command = `${client}post "${body("first", ', \\"parameters\\": {\\"p\\": true, \\"n\\": 7}')}"
post "${body("second")}"; echo "the key is $CIRCLE_CONTINUATION_KEY"`;
  const plan = aJobPlan(docker.image("openssl"), [aRun(command)]);

  const { outcome, log } = await docker.run(docker.input(plan, { continuation }));

  expect(outcome).toEqual({ status: "success" });
  expect(log(1)).toBe(
    'HTTP/1.1 200 OK\r\n{"message":"ok"}\nHTTP/1.1 410 Gone\r\n{"message":"It was continued before."}\nthe key is ****\n',
  );
  expect(continuation.asked).toEqual([
    { configuration: "first", parameters: { p: true, n: 7 } },
    { configuration: "second", parameters: {} },
  ]);
});

test("nothing else is answered there: no other route, no wrong key, nothing malformed, nothing endless (R-DYN-9, R-DYN-11)", async () => {
  const continuation = aContinuation();
  const command = `${client}say "GET /api/v2/pipeline/continue" ""
say "POST /api/v2/pipeline" "${body("c")}"
say "POST /metrics" ""
post '{"continuation-key": "guessed", "configuration": "c"}'
post 'no json'
head -c 16800000 /dev/zero >/tmp/large
{ printf 'POST /api/v2/pipeline/continue HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 16800000\\r\\n\\r\\n'; cat /tmp/large; } |
  openssl s_client -quiet -connect fmg.internal:4439 2>/dev/null | head -n 1
printf 'GET / HTTP/1.0\\r\\n\\r\\n' | { nc fmg.internal 4439 || :; } | wc -c
post "${body("last")}"`;
  const plan = aJobPlan(docker.image("openssl"), [aRun(command)]);

  const { log } = await docker.run(docker.input(plan, { continuation }));

  expect(
    log(1)
      .replaceAll("\r", "")
      .split("\n")
      .filter((line) => !line.startsWith("{")),
  ).toEqual([
    "HTTP/1.1 405 Method Not Allowed",
    "HTTP/1.1 404 Not Found",
    "HTTP/1.1 404 Not Found",
    "HTTP/1.1 404 Not Found",
    "HTTP/1.1 400 Bad Request",
    "HTTP/1.1 413 Payload Too Large",
    "0",
    "HTTP/1.1 200 OK",
    "",
  ]);
  expect(continuation.asked).toEqual([{ configuration: "last", parameters: {} }]);
});

test("eight megabytes of config come through whole (R-DYN-11)", async () => {
  const continuation = aContinuation();
  const command = `{ printf '{"continuation-key": "%s", "configuration": "' "$CIRCLE_CONTINUATION_KEY"
  head -c 8388608 /dev/zero | tr '\\0' x; printf '"}'; } >/tmp/body
{ printf 'POST /api/v2/pipeline/continue HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n' $(wc -c </tmp/body); cat /tmp/body; } |
  openssl s_client -quiet -connect fmg.internal:4439 2>/dev/null | head -n 1`;
  const plan = aJobPlan(docker.image("openssl"), [aRun(command)]);

  const { log } = await docker.run(docker.input(plan, { continuation }));

  expect(log(1)).toBe("HTTP/1.1 200 OK\r\n");
  expect(continuation.asked[0]!.configuration.length).toBe(8_388_608);
});

test("a successor answers the step that its predecessor began, with the same key and authority (R-DYN-2)", async () => {
  const command = `${client}post "${body("c")}"; until [ -e /fmg/task/go ]; do sleep 0.1; done
until post "${body("c")}"; do sleep 0.1; done`;
  const before = aContinuation();
  const after = aContinuation();
  const input = docker.input(aJobPlan(docker.image("openssl"), [aRun(command)]), { continuation: before });
  const recorder = record();
  const handOver = new AbortController();

  const first = docker.run(input, { handOver: handOver.signal }, recorder);
  await until(() => recorder.logs.get(1)?.toString().includes('"ok"') ?? false);
  handOver.abort();
  expect((await first).outcome).toBe("handed-over");
  await docker.ask(input.attemptId, "touch /fmg/task/go");
  const { outcome, log } = await docker.run(
    { ...input, epoch: 2, progress: [...recorder.progress.values()], continuation: after },
    {},
    recorder,
  );

  expect(outcome).toEqual({ status: "success" });
  expect(log(1)).toBe('HTTP/1.1 200 OK\r\n{"message":"ok"}\n'.repeat(2));
  expect([before.asked.length, after.asked.length]).toEqual([1, 1]);
});

test("a step that kills all that it may is answered after it as before", async () => {
  const continuation = aContinuation();
  const command = `${client}for folder in /proc/[0-9]*; do
  if tr '\\0' ' ' <$folder/cmdline 2>/dev/null | grep -q '^/.fmg-step forward'; then kill -9 \${folder#/proc/} && echo killed; fi
done
until post "${body("c")}"; do sleep 0.1; done`;
  const plan = aJobPlan(docker.image("openssl"), [aRun(command)]);

  const { log } = await docker.run(docker.input(plan, { continuation }));

  expect(log(1)).toBe('killed\nHTTP/1.1 200 OK\r\n{"message":"ok"}\n');
});

test("an image's own authorities stay trusted, also where its steps are no root's", async () => {
  const command = 'cat "$CURL_CA_BUNDLE"; echo "$NODE_EXTRA_CA_CERTS"';
  const plan = aJobPlan(docker.image("trusting"), [aRun(command)]);

  const { log } = await docker.run(docker.input(plan, { continuation: aContinuation() }));

  const [first, second] = log(1).match(/-----BEGIN[^]*?END CERTIFICATE-----\n/g)!;
  const ours = new X509Certificate(authorityOf(new Secret(keyText), "fmg.internal", new Date()).certificate);
  expect(first).toBe(theirs);
  expect(new X509Certificate(second!).publicKey.equals(ours.publicKey)).toBe(true);
  expect(log(1)).toMatch(/\n\/fmg\/continuation\/bundle\.pem\n$/);
});

test("a job of any other workflow has no key, no place to continue at, and its image's trust alone (R-DYN-2)", async () => {
  const command =
    'echo "<$CIRCLE_CONTINUATION_KEY$CURL_CA_BUNDLE$SSL_CERT_FILE>"; grep -c fmg.internal /etc/hosts; nc -w 1 127.0.0.1 4439 </dev/null || echo closed';
  const plan = aJobPlan(docker.image("openssl"), [aRun(command, { shell: ["/bin/sh", "-c"] })]);

  const { log } = await docker.run(docker.input(plan));

  expect(
    log(1)
      .split("\n")
      .filter((line) => !line.startsWith("nc:")),
  ).toEqual(["<>", "0", "closed", ""]);
});

test("without a static program the set-up tells that the pipeline cannot be continued, and the job goes on", async () => {
  const plan = aJobPlan(docker.image("trusting"), [aRun('echo "<$SSL_CERT_FILE>"')]);
  const containerPolicy = { pull: "if-not-present", serviceWaitMs: 1000, stepProgram: "sh" } as const;

  const { outcome, log } = await docker.run(
    docker.input(plan, { continuation: aContinuation(), containerPolicy }),
  );

  expect(outcome).toEqual({ status: "success" });
  expect(log(0)).toContain("This job cannot continue its pipeline");
  expect(log(1)).toBe("<>\n");
});

test("the authority comes from the key alone, and signs for one name only", () => {
  const now = new Date("2026-11-26T12:00:00Z");
  const name = "fmg.internal";
  const one = authorityOf(new Secret("one"), name, now);
  const later = authorityOf(new Secret("one"), name, new Date("2026-12-24T12:00:00Z"));
  const root = new X509Certificate(one.certificate);
  const server = new X509Certificate(later.issue().cert);

  expect(server.verify(root.publicKey)).toBe(true);
  expect(server.checkIssued(root)).toBe(true);
  expect([root.ca, server.ca]).toEqual([true, false]);
  expect([server.checkHost(name), server.checkHost("circleci.com")]).toEqual([name, undefined]);
  expect(root.validToDate.toISOString()).toBe("2027-01-25T12:00:00.000Z");
  const another = new X509Certificate(authorityOf(new Secret("two"), name, now).certificate);
  expect(server.verify(another.publicKey)).toBe(false);
});

test.each([
  ["[]", "The body is not a JSON object."],
  ['{"configuration": ""}', "`continuation-key` is missing: it is in CIRCLE_CONTINUATION_KEY."],
  ['{"continuation-key": "k"}', "`configuration` is missing: it is the text of a config."],
  ['{"continuation-key": "k", "configuration": "c", "parameters": []}', "`parameters` is not an object."],
  [
    '{"continuation-key": "k", "configuration": "c", "parameters": {"p": null}}',
    "The parameter p is not a string, a number or a boolean.",
  ],
  ['{"continuation-key": "k", "configuration": "c"}', { key: "k", configuration: "c", parameters: {} }],
])("the body %s is read as what it is (R-DYN-11)", (text, expected) => {
  expect(readRequest(text)).toEqual(expected);
});

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error("what was waited for did not come");
    await delay(20);
  }
}
