import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { findOrbs } from "./find-orbs.ts";
import { readOrbSettings, type OrbSettingTexts } from "./orb-settings.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-find-orbs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const unset: OrbSettingTexts = {
  folder: undefined,
  registryUrl: undefined,
  tokenFile: undefined,
  addresses: undefined,
  allowed: undefined,
};
const range = { file: "c.yml", start: { line: 1, column: 1 }, end: { line: 1, column: 2 } };

async function found(texts: Partial<OrbSettingTexts>, reference: string): Promise<string> {
  const resolve = findOrbs(
    readOrbSettings({ ...unset, ...texts }, (file) => readFileSync(file, "utf8")),
    join(folder, "kept"),
  );
  const [name = "", version = ""] = reference.startsWith("https:") ? [reference] : reference.split("@");
  const result = await resolve({ reference, name, version, range }, AbortSignal.timeout(20_000));
  return result.kind === "found" ? `${result.orb.resolved}: ${result.orb.source}` : result.message;
}

/** A registry that has every orb in version 1.2.3, and keeps what it was asked with. */
async function startRegistry() {
  const asked: { authorization: string | undefined; reference: string }[] = [];
  const answer = async (request: IncomingMessage): Promise<string> => {
    const { variables } = (await json(request)) as { variables: { orbVersionRef: string } };
    asked.push({ authorization: request.headers.authorization, reference: variables.orbVersionRef });
    return JSON.stringify({ data: { orbVersion: { version: "1.2.3", source: "of the registry" } } });
  };
  const server = createServer((request, response) => {
    void answer(request).then((body) => response.end(body));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await once(server.close(), "close");
    },
  };
}

test("the folder is asked first, then the registry with its token, and exact versions are kept for good (R-ORB-12)", async () => {
  await using registry = await startRegistry();
  writeFileSync(join(folder, "acme__ours@1.0.0.yml"), "of the folder");
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "t0p-secret\n", { mode: 0o600 });
  const texts = { folder, registryUrl: registry.url, tokenFile };

  expect(await found(texts, "acme/ours@1")).toBe("acme/ours@1.0.0: of the folder");
  expect(registry.asked).toEqual([]);
  expect(await found(texts, "acme/theirs@1")).toBe("acme/theirs@1.2.3: of the registry");
  expect(await found(texts, "acme/theirs@1.2.3")).toBe("acme/theirs@1.2.3: of the registry");
  expect(registry.asked).toEqual([{ authorization: "t0p-secret", reference: "acme/theirs@1" }]);
  expect(readdirSync(join(folder, "kept"))).toEqual(["acme__theirs@1.2.3.yml"]);
});

test("orbs that the operator did not allow are refused before anything is asked (R-ORB-10)", async () => {
  await using registry = await startRegistry();
  const texts = { registryUrl: registry.url, allowed: "circleci/node, acme/*" };
  expect(await found(texts, "acme/any@1")).toMatch(/of the registry/);
  expect(await found(texts, "circleci/node@1")).toMatch(/of the registry/);
  expect(await found(texts, "circleci/other@1")).toBe("only the orbs circleci/node, acme/* are allowed here");
  expect(registry.asked).toHaveLength(2);
});

test("without a setting no orb is found, and no address is fetched; the message names what to set (R-ORB-8)", async () => {
  expect(await found({}, "circleci/node@1")).toContain("FMG_ORBS_DIR");
  expect(await found({}, "https://orbs.example.org/a.yml")).toContain("not below an allowed prefix");
});

test.each([
  [{ allowed: "node" }, /FMG_ALLOWED_ORBS has "node"/],
  [{ addresses: "http://orbs.example.org/" }, /FMG_ORB_ADDRESSES has "http:/],
  [{ addresses: "https://orbs.example.org" }, /FMG_ORB_ADDRESSES/],
  [{ tokenFile: "token" }, /FMG_ORB_REGISTRY_URL is not/],
])("settings that cannot be meant are told with their names: %p", (texts, message) => {
  expect(() => readOrbSettings({ ...unset, ...texts }, (file) => readFileSync(file, "utf8"))).toThrow(
    message,
  );
});
