import { describe, expect, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import fc from "fast-check";

import { createMasker, maskedNeedles, type Masker } from "./masker.ts";

const mask = (secrets: string[], chunks: string[]): string => {
  const masker = createMasker(maskedNeedles(secrets.map((value) => new Secret(value))));
  const parts = chunks.map((chunk) => masker.push(Buffer.from(chunk)).bytes);
  return Buffer.concat([...parts, masker.finish().bytes]).toString();
};

describe("masking", () => {
  test.each([
    ["a value within a line", ["s3cret"], "token s3cret.", "token ****."],
    ["a value that stands alone", ["s3cret"], "s3cret", "****"],
    ["values side by side", ["s3cret"], "s3crets3cret", "********"],
    ["the longest of two values", ["abcd", "abcdef"], "abcdefg", "****g"],
    ["values that overlap, whole", ["abcd", "cdef"], "-abcdef-", "-****-"],
    ["a value that overlaps itself", ["aaaa"], "baaaaaab", "b****b"],
    ["each line of a value with several", ["line one\nline two"], "x line two y", "x **** y"],
    ["a value with several lines, whole", ["line one\nline two"], "line one\nline two", "****"],
    ["not a value of under 4 characters", ["abc"], "abc", "abc"],
    ["not the words of truth", ["true", "False"], "true False", "true False"],
    ["not the beginning of a value", ["s3cret"], "s3cre", "s3cre"],
    ["bytes that are no text", ["pässwörd"], "a pässwörd b", "a **** b"],
  ])("hides %s", (_what, secrets, raw, expected) => {
    expect(mask(secrets, [raw])).toBe(expected);
  });

  test("hides a value that is split at any place", () => {
    const raw = "before s3cret after";
    for (let at = 0; at <= raw.length; at++) {
      expect(mask(["s3cret"], [raw.slice(0, at), raw.slice(at)])).toBe("before **** after");
    }
  });

  test("lets everything out at once that cannot be the beginning of a value", () => {
    const masker = createMasker([Buffer.from("s3cret")]);

    expect(Buffer.from(masker.push(Buffer.from("Password: ")).bytes).toString()).toBe("Password: ");
    expect(masker.push(Buffer.from("s3c"))).toEqual({ bytes: Buffer.from(""), consumed: 10 });
    expect(masker.push(Buffer.from("ured"))).toEqual({ bytes: Buffer.from("s3cured"), consumed: 17 });
  });

  test("keeps little in memory while one run of a repeating value goes on", () => {
    const masker = createMasker([Buffer.from("aaaa")]);
    for (let round = 0; round < 100; round++) masker.push(Buffer.alloc(1000, "a"));
    expect(masker.push(Buffer.from("a")).consumed).toBe(0);
    expect(masker.push(Buffer.from("b"))).toEqual({ bytes: Buffer.from("****b"), consumed: 100_002 });
  });

  const smallText = fc
    .array(fc.constantFrom("a", "b", "c"), { maxLength: 40 })
    .map((letters) => letters.join(""));
  const smallSecrets = fc.array(fc.string({ unit: fc.constantFrom("a", "b"), minLength: 2, maxLength: 6 }), {
    minLength: 1,
    maxLength: 3,
  });

  test("gives the same bytes however the output is cut into chunks", () => {
    fc.assert(
      fc.property(smallText, smallSecrets, fc.array(fc.nat({ max: 40 })), (raw, secrets, cuts) => {
        const needles = secrets.map((secret) => Buffer.from(secret));
        expect(maskInChunks(createMasker(needles), raw, cuts)).toBe(maskAtOnce(raw, secrets));
      }),
    );
  });

  test("gives the same bytes when a successor goes on from what was consumed", () => {
    fc.assert(
      fc.property(smallText, smallSecrets, fc.nat({ max: 40 }), (raw, secrets, cut) => {
        const needles = secrets.map((secret) => Buffer.from(secret));
        const stored = createMasker(needles).push(Buffer.from(raw.slice(0, cut)));
        const successor = createMasker(needles);
        const rest = maskInChunks(successor, raw.slice(stored.consumed), []);
        expect(Buffer.from(stored.bytes).toString() + rest).toBe(maskAtOnce(raw, secrets));
      }),
    );
  });
});

function maskInChunks(masker: Masker, raw: string, cuts: readonly number[]): string {
  const places = [0, ...cuts.filter((cut) => cut < raw.length).sort((a, b) => a - b), raw.length];
  const parts = places.slice(1).map((end, at) => masker.push(Buffer.from(raw.slice(places[at], end))).bytes);
  return Buffer.concat([...parts, masker.finish().bytes]).toString();
}

/** The definition: bytes that an occurrence covers; overlapping occurrences are one run, adjacent ones are two. */
function maskAtOnce(raw: string, secrets: readonly string[]): string {
  const covered = Array.from({ length: raw.length }, () => false);
  const joined = Array.from({ length: raw.length }, () => false);
  for (const secret of secrets) {
    for (let at = raw.indexOf(secret); at >= 0; at = raw.indexOf(secret, at + 1)) {
      for (let i = at; i < at + secret.length; i++) {
        covered[i] = true;
        if (i > at) joined[i] = true;
      }
    }
  }
  let result = "";
  for (let i = 0; i < raw.length; i++) {
    if (!covered[i]) result += raw[i];
    else if (!joined[i]) result += "****";
  }
  return result;
}
