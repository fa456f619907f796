import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { compileWithOrbs, firstOf, orbAddress, orbCache, orbFolder, orbRegistry } from "./index.ts";
import type { OrbResolver } from "./index.ts";

const job = (command: string) => `jobs: {t: {docker: [{image: a}], steps: [{run: ${command}}]}}`;
const input = { file: "config.yml", pipeline: new Map([["pipeline.git.branch", "main"]]) };
const signal = AbortSignal.timeout(20_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "fmg-orbs-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** A config that runs the job `t` of the given orb. */
function configOf(reference: string): string {
  return `version: 2.1\norbs: {o: "${reference}"}\nworkflows: {w: {jobs: [o/t]}}\n`;
}

/** The command of the only job, or the messages of all diagnostics. */
async function commandOf(reference: string, resolve: OrbResolver): Promise<unknown> {
  const result = await compileWithOrbs(configOf(reference), input, resolve, signal);
  if (result.kind === "rejected") return result.diagnostics.map((diagnostic) => diagnostic.message);
  const [first] = result.plan.workflows[0]!.jobs;
  const [step] = first?.kind === "build" ? first.steps : [];
  return step?.kind === "run" ? step.command : undefined;
}

describe("a folder of vendored orbs", () => {
  beforeEach(async () => {
    for (const version of ["1.2.3", "1.10.0", "2.0.0", "dev:alpha"]) {
      await writeFile(join(folder, `ns__orb@${version}.yml`), job(`v${version}`));
    }
  });

  test.each([
    ["ns/orb@1.2.3", "v1.2.3"],
    ["ns/orb@1.2", "v1.2.3"],
    ["ns/orb@1", "v1.10.0"],
    ["ns/orb@volatile", "v2.0.0"],
    ["ns/orb@dev:alpha", "vdev:alpha"],
  ])("%s means the highest fitting version at hand (R-ORB-2)", async (reference, command) => {
    expect(await commandOf(reference, orbFolder(folder))).toBe(command);
  });

  test("an orb that is not there is told at its reference, with the way to vendor it", async () => {
    const result = await compileWithOrbs(configOf("ns/orb@3"), input, orbFolder(folder), signal);
    if (result.kind !== "rejected") throw new Error("the config was not rejected");
    expect(result.diagnostics).toHaveLength(1);
    expect(result.diagnostics[0]).toMatchObject({
      code: "orb-unavailable",
      range: { start: { line: 2, column: 11 } },
      hint: expect.stringContaining("ns__orb@3.yml"),
    });
    expect(result.diagnostics[0]!.message).toContain("only 1.10.0, 1.2.3, 2.0.0, dev:alpha");
  });

  test("a folder that is not there holds no orbs", async () => {
    const messages = await commandOf("ns/orb@1", orbFolder(join(folder, "nowhere")));
    expect(messages).toEqual([expect.stringContaining("is not in")]);
  });

  test("an orb's own orbs are fetched in further rounds", async () => {
    await writeFile(
      join(folder, "ns__outer@1.0.0.yml"),
      `orbs: {i: ns/inner@1}\njobs: {t: {docker: [{image: a}], steps: [i/c]}}`,
    );
    await writeFile(join(folder, "ns__inner@1.0.0.yml"), "commands: {c: {steps: [{run: inner}]}}");
    expect(await commandOf("ns/outer@1", orbFolder(folder))).toBe("inner");
  });
});

describe("over HTTP", () => {
  let server: Server;
  let url: string;
  let asked: { body: string; authorization: string | undefined }[];
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        asked.push({ body, authorization: request.headers.authorization });
        answer(request, response);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql-unstable`;
    answer = (_, response) => {
      const orbVersion = { id: "1", version: "1.2.3", orb: { name: "ns/orb" }, source: job("registry") };
      response.end(JSON.stringify({ data: { orbVersion } }));
    };
  });
  afterEach(async () => {
    await new Promise<unknown>((resolve) => {
      server.close(resolve);
    });
  });

  test("a registry is asked in CircleCI's GraphQL, with the token", async () => {
    expect(await commandOf("ns/orb@1", orbRegistry({ url, token: "secret-token" }))).toBe("registry");
    expect(asked).toHaveLength(1);
    expect(JSON.parse(asked[0]!.body)).toMatchObject({ variables: { orbVersionRef: "ns/orb@1" } });
    expect(asked[0]!.authorization).toBe("secret-token");
  });

  test.each([
    ["an unknown orb", JSON.stringify({ data: { orbVersion: null } }), "there is no such orb or version"],
    ["a refusal", JSON.stringify({ errors: [{ message: "not allowed" }] }), "not allowed"],
    ["an answer that is no JSON", "<html>", "no JSON"],
  ])("%s is told", async (_, body, message) => {
    answer = (_request, response) => response.end(body);
    expect(await commandOf("ns/orb@1", orbRegistry({ url }))).toEqual([expect.stringContaining(message)]);
  });

  test("a broken connection is told with its reason", async () => {
    answer = (request) => request.socket.destroy();
    expect(await commandOf("ns/orb@1", orbRegistry({ url }))).toEqual([
      expect.stringContaining("fetch failed"),
    ]);
  });

  test("an exact version is fetched once and then read from disk; a range is asked again (R-ORB-12)", async () => {
    const resolve = orbCache(folder, orbRegistry({ url }));
    expect(await commandOf("ns/orb@1.2.3", resolve)).toBe("registry");
    expect(await commandOf("ns/orb@1.2.3", resolve)).toBe("registry");
    expect(asked).toHaveLength(1);
    expect(await commandOf("ns/orb@1", resolve)).toBe("registry");
    expect(asked).toHaveLength(2);
    expect(await readdir(folder)).toEqual(["ns__orb@1.2.3.yml"]);
  });

  test("a damaged file of the cache is fetched anew", async () => {
    const resolve = orbCache(folder, orbRegistry({ url }));
    await commandOf("ns/orb@1.2.3", resolve);
    const file = join(folder, "ns__orb@1.2.3.yml");
    const kept = await readFile(file, "utf8");
    await writeFile(file, kept.slice(0, -3));
    expect(await commandOf("ns/orb@1.2.3", resolve)).toBe("registry");
    expect(await readFile(file, "utf8")).toBe(kept);
  });

  test("the first resolver that knows an orb counts", async () => {
    await writeFile(join(folder, "ns__orb@1.2.3.yml"), job("vendored"));
    const resolve = firstOf([orbFolder(folder), orbRegistry({ url })]);
    expect(await commandOf("ns/orb@1", resolve)).toBe("vendored");
    expect(asked).toHaveLength(0);
  });

  test("an aborted signal ends the work", async () => {
    const aborted = AbortSignal.abort(new Error("stopped"));
    await expect(compileWithOrbs(configOf("ns/orb@1"), input, orbRegistry({ url }), aborted)).rejects.toThrow(
      "stopped",
    );
  });
});

describe("an orb by address (R-ORB-8)", () => {
  const answering =
    (status: number): typeof fetch =>
    () =>
      Promise.resolve(new Response(job("address"), { status }));

  test("is fetched below an allowed prefix", async () => {
    const resolve = orbAddress({ allowedPrefixes: ["https://orbs.example.org/"], fetch: answering(200) });
    expect(await commandOf("https://orbs.example.org/o.yml", resolve)).toBe("address");
  });

  test.each(["https://evil.example.org/o.yml", "https://orbs.example.org/a/../../x"])(
    "%s is not fetched",
    async (address) => {
      const resolve = orbAddress({ allowedPrefixes: ["https://orbs.example.org/a/"], fetch: answering(200) });
      expect(await commandOf(address, resolve)).toEqual([expect.stringContaining("allowed prefix")]);
    },
  );

  test("a refusal is told", async () => {
    const resolve = orbAddress({ allowedPrefixes: ["https://orbs.example.org/"], fetch: answering(404) });
    expect(await commandOf("https://orbs.example.org/o.yml", resolve)).toEqual([
      expect.stringContaining("404"),
    ]);
  });
});

test("orbs that ask for ever more orbs end in a diagnostic", async () => {
  const endless: OrbResolver = ({ name }) => {
    const next = `${name}x`;
    return Promise.resolve({
      kind: "found",
      orb: { source: `orbs: {n: ${next}@1.0.0}\n${job("x")}`, resolved: `${name}@1.0.0` },
    });
  };
  expect(await commandOf("ns/orb@1.0.0", endless)).toEqual([
    expect.stringContaining("too many orbs use one another"),
  ]);
});
