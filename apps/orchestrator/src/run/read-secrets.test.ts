import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readSettings } from "../settings.ts";
import { readSecrets } from "./read-secrets.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fmg-secrets-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function aFile(content: string | Buffer, mode = 0o600): string {
  const file = join(folder, "secrets.env");
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

test("values survive with newlines, quotes, spaces, $ and UTF-8, however they are quoted", () => {
  const file = aFile(`\uFEFF# ours
PLAIN=s3cret # a comment
export HASH=a#b
SPACES =  a b \t
DOLLAR=$HOME\${X}\`x\`
EMPTY=
SINGLE='a "b" $c \\n # d'
KEY='-----BEGIN-----
line=two
-----END-----' # after
DOUBLE="a 'b' \\"c\\" \\\\ \\$d\\ne
f"
UTF8=pässwörd ✓
__proto__=x\r\n`);
  expect(readSecrets(file).map(({ name, value }) => [name, value.reveal()])).toEqual([
    ["PLAIN", "s3cret"],
    ["HASH", "a#b"],
    ["SPACES", "a b"],
    ["DOLLAR", "$HOME${X}`x`"],
    ["EMPTY", ""],
    ["SINGLE", 'a "b" $c \\n # d'],
    ["KEY", "-----BEGIN-----\nline=two\n-----END-----"],
    ["DOUBLE", "a 'b' \"c\" \\ $d\ne\nf"],
    ["UTF8", "pässwörd ✓"],
    ["__proto__", "x"],
  ]);
});

test.each([
  ["a line without =", "A=1\n\ns3cretvalue\n", "line 3: it is no NAME=value"],
  ["a name with a hyphen", "s3cret-value=1", "line 1: it is no NAME=value"],
  ["open quotes", "A=1\nB='s3cretvalue\n\n", "line 2: the quotes of B are not closed"],
  ["words after quotes", "A='s3cret'value", "line 1: something stands after the quotes of A"],
  ["a name that stands twice", "A=1\nA=s3cretvalue", "line 2: A stands twice"],
  ["a NUL", "A=s3cret\0value", "line 1: A has a NUL"],
  ["bytes that are no text", Buffer.from("A=s3cret\xff", "latin1"), "it is no UTF-8 text"],
  ["too much", `A=${"s3cret".repeat(50_000)}`, "it has 300002 bytes, and may have 262144"],
])("%s is refused by its place, and without a word of its content", (_, content, message) => {
  const file = aFile(content);
  const read = () => readSettings({ FMG_SECRETS_FILE: file }, folder);
  expect(read).toThrow(`FMG_SECRETS_FILE (${file}): ${message}`);
  expect(read).not.toThrow("s3cret");
});

test.each([0o640, 0o604, 0o660, 0o644])(
  "a file of mode %o, which others may read, is refused at the start",
  (mode) => {
    const file = aFile("A=s3cret", mode);
    expect(() => readSettings({ FMG_SECRETS_FILE: file }, folder)).toThrow(
      `its mode is 0${mode.toString(8)}, but only its owner may read it: chmod 600 ${file}`,
    );
  },
);

test("a file that is not there is refused at the start", () => {
  expect(() => readSettings({ FMG_SECRETS_FILE: "none.env" }, folder)).toThrow(
    `FMG_SECRETS_FILE (${join(folder, "none.env")}): ENOENT`,
  );
});
