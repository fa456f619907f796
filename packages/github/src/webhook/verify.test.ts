import { createHmac } from "node:crypto";

import { describe, expect, test } from "@jest/globals";
import { Secret } from "@fmg/core";

import { verifySignature } from "./verify.ts";

const secret = new Secret("It's a Secret to Everybody");
const body = Buffer.from("Hello, World!");
/** The example of GitHub's own documentation. */
const signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

describe("a webhook's signature", () => {
  test("is right for the example of GitHub's documentation", () => {
    expect(verifySignature(body, signature, secret)).toBe(true);
  });

  const hex = signature.slice("sha256=".length);
  test.each([
    ["missing", undefined],
    ["empty", ""],
    ["without its name", hex],
    ["of another name", `sha512=${hex}`],
    ["a SHA-1 signature", `sha1=${createHmac("sha1", secret.reveal()).update(body).digest("hex")}`],
    ["one digit short", signature.slice(0, -1)],
    ["one digit long", `${signature}0`],
    ["not hexadecimal", `sha256=${"z".repeat(64)}`],
    ["in capitals", `sha256=${hex.toUpperCase()}`],
    ["named in capitals", `SHA256=${hex}`],
    ["surrounded by spaces", ` ${signature} `],
    ["followed by a line", `${signature}\n`],
    ["given twice", `${signature}, ${signature}`],
    ["of another key", `sha256=${createHmac("sha256", "another").update(body).digest("hex")}`],
  ])("is wrong when it is %s", (_, header) => {
    expect(verifySignature(body, header, secret)).toBe(false);
  });

  test("is wrong for the same JSON in other bytes", () => {
    const sent = Buffer.from('{"a": 1}');
    const header = `sha256=${createHmac("sha256", secret.reveal()).update(sent).digest("hex")}`;

    expect(verifySignature(sent, header, secret)).toBe(true);
    expect(verifySignature(Buffer.from('{"a":1}'), header, secret)).toBe(false);
  });

  test("is never right with an empty secret", () => {
    const header = `sha256=${createHmac("sha256", "").update(body).digest("hex")}`;

    expect(verifySignature(body, header, new Secret(""))).toBe(false);
  });
});
