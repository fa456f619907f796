import { Readable } from "node:stream";

import { describe, expect, test } from "@jest/globals";

import type { Daemon } from "./daemon.ts";
import { pullImage, withTag } from "./pull-image.ts";

describe("pulling an image", () => {
  test.each([
    ["node", "node:latest"],
    ["cimg/node:24.1", "cimg/node:24.1"],
    ["registry.local:5000/a/b", "registry.local:5000/a/b:latest"],
    ["a@sha256:0123", "a@sha256:0123"],
  ])("asks for one tag: %s is %s", (reference, asked) => {
    expect(withTag(reference)).toBe(asked);
  });

  test("tells what changes, and not every move of a layer", async () => {
    const lines: string[] = [];
    const daemon = saying([
      { status: "Pulling from library/node", id: "24" },
      { status: "Pulling fs layer", id: "aa" },
      { status: "Downloading", id: "aa", progressDetail: { current: 1, total: 2 } },
      { status: "Pull complete", id: "aa" },
      { status: "Status: Downloaded newer image for node:24" },
    ]);

    await pullImage(daemon, "node:24", undefined, (line) => lines.push(line), soon());

    expect(lines).toEqual([
      "24: Pulling from library/node",
      "aa: Pull complete",
      "Status: Downloaded newer image for node:24",
    ]);
  });

  test("fails with the daemon's words when they come after the answer began", async () => {
    const daemon = saying([{ status: "Pulling" }, { error: "manifest for node:99 not found" }]);

    await expect(pullImage(daemon, "node:99", undefined, () => undefined, soon())).rejects.toMatchObject({
      code: "image_pull_failed",
      message: "The image node:99 could not be pulled: manifest for node:99 not found",
    });
  });
});

function saying(lines: readonly object[]): Daemon {
  const refuse = (): never => {
    throw new Error("a pull is one streamed call");
  };
  const text = lines.map((line) => `${JSON.stringify(line)}\r\n`).join("");
  // Cut anywhere: the daemon's lines do not come in whole chunks.
  const stream = async (): Promise<Readable> =>
    Readable.from([Buffer.from(text.slice(0, 17)), Buffer.from(text.slice(17))]);
  return { stream, call: refuse, hijack: refuse };
}

function soon(): AbortSignal {
  return AbortSignal.timeout(10_000);
}
