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

/** What each runner writes for a test that fails, without what is the same everywhere. */
test.each([
  [
    "jest-junit",
    `<testsuites name="jest tests" tests="1"><testsuite name="cart" errors="0" timestamp="2026-01-01T00:00:00">
      <testcase classname="cart adds" name="adds" time="0.003" file="test/cart.test.js"><failure>Error: no
        at cart.test.js:3</failure></testcase></testsuite></testsuites>`,
    {
      name: "adds",
      classname: "cart adds",
      file: "test/cart.test.js",
      durationMs: 3,
      message: /^Error: no\n/,
    },
  ],
  [
    "pytest",
    `<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests"><testsuite name="pytest" tests="1">
      <testcase classname="tests.test_cart" name="test_adds[1-2]" time="0.021"><failure message="assert 1 == 2">def test_adds():
&gt;       assert 1 == 2</failure></testcase></testsuite></testsuites>`,
    {
      name: "test_adds[1-2]",
      classname: "tests.test_cart",
      file: "",
      durationMs: 21,
      message: /^assert 1 == 2\ndef/,
    },
  ],
  [
    "surefire",
    `<testsuite xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="https://x/s.xsd"
      name="a.CartTest"><properties><property name="java.version" value="21"/></properties>
      <testcase name="adds" classname="a.CartTest" time="1,001.5"><error message="no" type="java.lang.E"><![CDATA[java.lang.E: no]]></error>
      <system-err><![CDATA[noise]]></system-err></testcase></testsuite>`,
    {
      name: "adds",
      classname: "a.CartTest",
      file: "",
      durationMs: 1_001_500,
      message: /^no\njava.lang.E: no$/,
    },
  ],
  [
    "gotestsum",
    `<testsuites tests="1"><testsuite tests="1" name="a.test/cart" time="0.010000"><properties></properties>
      <testcase classname="a.test/cart" name="TestAdds/one" time="0.010000"><failure message="Failed" type="">=== RUN TestAdds
--- FAIL</failure></testcase></testsuite></testsuites>`,
    { name: "TestAdds/one", classname: "a.test/cart", file: "", durationMs: 10, message: /^Failed\n=== RUN/ },
  ],
  [
    "rspec",
    `<testsuite name="rspec" tests="1"><properties><property name="seed" value="1"/></properties>
      <testcase classname="spec.cart_spec" name="Cart adds" file="./spec/cart_spec.rb" time="0.005"><failure
      message="expected: 2" type="RSpec::Expectations::ExpectationNotMetError">got: 1</failure></testcase></testsuite>`,
    {
      name: "Cart adds",
      classname: "spec.cart_spec",
      file: "./spec/cart_spec.rb",
      durationMs: 5,
      message: /^expected: 2\ngot: 1$/,
    },
  ],
  [
    "phpunit",
    `<testsuites><testsuite name="all"><testsuite name="Tests\\CartTest" file="/app/tests/CartTest.php">
      <testcase name="testAdds" file="/app/tests/CartTest.php" line="5" class="Tests\\CartTest" classname="Tests.CartTest"
      assertions="1" time="0.002"><failure type="E">Failed asserting</failure></testcase></testsuite></testsuite></testsuites>`,
    {
      name: "testAdds",
      classname: "Tests.CartTest",
      file: "/app/tests/CartTest.php",
      durationMs: 2,
      message: /^Failed asserting$/,
    },
  ],
  [
    "mocha-junit-reporter",
    `<testsuites name="Mocha Tests"><testsuite name="Root Suite" file="/app/test/cart.js" tests="1">
      <testcase name="Cart adds" time="0.0010" classname="adds"><failure message="" type="AssertionError"><![CDATA[AssertionError: no]]></failure>
      </testcase></testsuite></testsuites>`,
    {
      name: "Cart adds",
      classname: "adds",
      file: "/app/test/cart.js",
      durationMs: 1,
      message: /^AssertionError: no$/,
    },
  ],
])("a file of %s is understood (R-TEST-2)", async (_runner, xml, { message, ...expected }) => {
  const [found, ...others] = await readJUnit(pieces(xml));
  expect(found).toMatchObject({ ...expected, result: "failure" });
  expect(found?.message).toMatch(message);
  expect(others).toEqual([]);
});

test("of a flood only so many results are held, and of a flood of entities only so many letters (SEC-23)", async () => {
  const cases = "<testcase name='a'/>".repeat(1000);
  expect(await readJUnit(pieces(`<testsuite>${cases}</testsuite>`), 10)).toHaveLength(10);
  const words = "&#65;".repeat(10_000);
  const [failed] = await readJUnit(pieces(`<testcase name='a'><failure>${words}</failure></testcase>`));
  expect(failed?.message).toBe("A".repeat(4_000));
});

test.each([
  ["a DOCTYPE with entities", '<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="&a;"/></testsuite>'],
  ["an entity that nobody declared", '<testsuite><testcase name="&a;"/></testsuite>'],
  ["a tag that is not closed", "<testsuite><testcase name='a'>"],
  ["no XML", "TAP version 13\nok 1"],
  ["attributes without end", `<testcase ${Array.from({ length: 1001 }, (_, n) => `a${n}=''`).join(" ")}/>`],
  ["a depth without end", "<testsuite>".repeat(200)],
])("a file with %s is refused (SEC-23)", async (_what, xml) => {
  await expect(readJUnit(pieces(xml))).rejects.toBeInstanceOf(JUnitRefused);
});
