import { expect, test } from "@jest/globals";
import { parseDotenv } from "./parse-dotenv.ts";

const text = `NPM_TOKEN=for-all
[deploy]
AWS_KEY='a
[not a section]'
[org / slack] # a comment
HOOK=x
[deploy]
REGION=eu`;

test("a file with sections gives each its own variables, and a section may come twice", () => {
  const read = parseDotenv(text, { sections: "allowed" });
  if (read.kind === "wrong") throw new Error(read.what);
  const plain = (list: typeof read.secrets) => list.map(({ name, value }) => `${name}=${value.reveal()}`);
  expect(plain(read.secrets)).toEqual(["NPM_TOKEN=for-all"]);
  expect([...read.sections].map(([name, list]) => [name, plain(list)])).toEqual([
    ["deploy", ["AWS_KEY=a\n[not a section]", "REGION=eu"]],
    ["org / slack", ["HOOK=x"]],
  ]);
});

test("a section is refused by its line where there are none", () => {
  expect(parseDotenv(text, { sections: "none" })).toMatchObject({ kind: "wrong", line: 2 });
});
