import { expect, test } from "@jest/globals";

import { JUnitRefused, readJUnit } from "./read-junit.ts";

/** The file in pieces of one byte: what is cut must not matter. */
async function* pieces(text: string): AsyncGenerator<Uint8Array> {
  for (const byte of Buffer.from(text)) yield Uint8Array.of(byte);
}

test("cases of nested suites have their names, file, time and result, with the words of failures (R-TEST-2, R-TEST-3)", async () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="s" file="a.test.js"><testsuite name="in">
  <testcase name="adds &amp; ö" classname="math" time="1,234.5"/>
  <testcase name="fails" classname="math" file="b.test.js" time="0.01"><failure message="expected 1">at line 3
&lt;here&gt;</failure><system-out>noise</system-out></testcase>
  <testcase name="breaks"><error><![CDATA[boom <x>]]></error></testcase>
  <testcase name="later"><skipped/></testcase>
</testsuite></testsuite></testsuites>`;
  expect(await readJUnit(pieces(xml))).toEqual([
    {
      name: "adds & ö",
      classname: "math",
      file: "a.test.js",
      durationMs: 1_234_500,
      result: "success",
      message: null,
    },
    {
      name: "fails",
      classname: "math",
      file: "b.test.js",
      durationMs: 10,
      result: "failure",
      message: "expected 1\nat line 3\n<here>",
    },
    {
      name: "breaks",
      classname: "",
      file: "a.test.js",
      durationMs: 0,
      result: "failure",
      message: "boom <x>",
    },
    { name: "later", classname: "", file: "a.test.js", durationMs: 0, result: "skipped", message: null },
  ]);
});

test.each([
  ["a DOCTYPE with entities", '<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="&a;"/></testsuite>'],
  ["an entity that nobody declared", '<testsuite><testcase name="&a;"/></testsuite>'],
  ["a tag that is not closed", "<testsuite><testcase name='a'>"],
  ["no XML", "TAP version 13\nok 1"],
  ["a depth without end", "<testsuite>".repeat(200)],
])("a file with %s is refused (SEC-23)", async (_what, xml) => {
  await expect(readJUnit(pieces(xml))).rejects.toBeInstanceOf(JUnitRefused);
});
