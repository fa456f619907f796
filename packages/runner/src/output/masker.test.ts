import { describe, expect, test } from "@jest/globals";
import { Secret } from "@fmg/core";
import fc from "fast-check";

import { createMasker, maskedNeedles, maskText, type Masker } from "./masker.ts";

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
  ])("hides %s (R-MASK-2, R-MASK-3)", (_what, secrets, raw, expected) => {
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

  const hard = "p@ss w0rd/'\"$x`\\é+%~(1)";
  const multiLine = `-----BEGIN KEY-----\n${"MIIEpAIBAAKCAQEA7\n".repeat(6)}last line`;
  const b64 = (text: string): string => Buffer.from(text).toString("base64");
  const wrapped = (text: string, width: number): string =>
    text.replace(new RegExp(`.{${width}}`, "g"), "$&\n");

  test.each(["s3cr", "s3cret-value", hard, multiLine])(
    "hides %j in base64, wherever it stands and breaks (SEC-6)",
    (value) => {
      const core = b64(value).replace(/=+$/, "").slice(0, -1);
      for (let before = 0; before < 80; before++) {
        const encoded = b64(`${"a".repeat(before)}${value}zz`);
        const urlSafe = encoded.replaceAll("+", "-").replaceAll("/", "_");
        const forms = [encoded, urlSafe, wrapped(encoded, 76), wrapped(encoded, 64)];
        for (const form of forms) {
          const left = mask([value], [form]).replaceAll("\n", "");
          // What stays beside the mask depends on the neighbours: it decodes to less than the value.
          for (const part of left.split(maskText))
            expect(Buffer.from(part, "base64").toString()).not.toContain(value);
          expect(left).toContain(maskText);
          expect(left).not.toContain(core);
        }
      }
      expect(mask([value], [b64(value)])).toBe(maskText);
      expect(mask([value], [b64(`${value}\n`)])).toBe(maskText);
    },
  );

  test.each([
    ["URL-encoded", encodeURIComponent(hard)],
    ["URL-encoded by a form", new URLSearchParams({ x: hard }).toString().slice(2)],
    ["URL-encoded in small letters", encodeURIComponent(hard).replace(/%../g, (code) => code.toLowerCase())],
    ["JSON-escaped", JSON.stringify(hard).slice(1, -1)],
    ["JSON-escaped in ASCII", JSON.stringify(hard).slice(1, -1).replace("é", "\\u00e9")],
    ["quoted by bash's set -x", hard.replaceAll("'", String.raw`'\''`)],
    ["quoted by dash's set -x", hard.replaceAll("'", `'"'"'`)],
    ["quoted by printf %q", hard.replace(/[ '"$`\\()]/g, "\\$&")],
    ["between double quotes", hard.replace(/["$\\`]/g, "\\$&")],
  ])("hides a value that is %s, cut at any byte (SEC-6)", (_how, form) => {
    const raw = Buffer.from(`<${form}>`);
    for (let at = 0; at <= raw.length; at++) {
      const masker = createMasker(maskedNeedles([new Secret(hard)]));
      const parts = [raw.subarray(0, at), raw.subarray(at)].map((part) => masker.push(part).bytes);
      expect(Buffer.concat([...parts, masker.finish().bytes]).toString()).toBe(`<${maskText}>`);
    }
  });

  test("holds back no more than the longest form of a value", () => {
    const needles = maskedNeedles([new Secret(multiLine)]);
    const longest = Math.max(...needles.map((needle) => needle.length));
    const masker = createMasker(needles);
    const raw = Buffer.from(b64(multiLine).repeat(3) + multiLine.slice(0, -1));
    for (const [at, byte] of raw.entries()) {
      const { consumed } = masker.push(Buffer.from([byte]));
      // A run of overlapping forms counts from its start.
      expect(at + 1 - consumed).toBeLessThan(3 * longest);
    }
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
