import { afterEach, describe, expect, test } from "@jest/globals";

import { openResultsReader, type ResultsReader } from "./results-reader.ts";

const never = new AbortController().signal;
let reader: ResultsReader;
afterEach(() => reader.close());

function read(chunks: Iterable<string>, format: "junit" | "cucumber" = "junit", most = 10) {
  const pieces = [...chunks].map((text) => new Uint8Array(Buffer.from(text)));
  let at = 0;
  const bytes: AsyncIterator<Uint8Array> = {
    next: async () =>
      at < pieces.length ? { done: false, value: pieces[at++]! } : { done: true, value: undefined },
  };
  return reader.read(bytes, { format, most }, never);
}

describe("a results file is read in a thread of its own", () => {
  test("in pieces, with thousands of results, one file after another; a refused one spoils no other (SEC-23)", async () => {
    reader = openResultsReader();
    const cases = Array.from({ length: 4500 }, (_, n) => `<testcase name="t${n}"/>`);

    const many = await read(["<testsu", "ite>", ...cases, "</testsuite>"], "junit", 5000);
    await expect(read(["<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite/>"])).rejects.toThrow("it has a DOCTYPE");
    await expect(read(["<testsuite>", "<nonsense"])).rejects.toThrow("unclosed tag");
    const last = await read(['<testcase name="a"/>']);

    expect(many.map(({ name }) => name)).toEqual(cases.map((_, n) => `t${n}`));
    expect(last).toMatchObject([{ name: "a" }]);
  });

  test("that takes too long is refused, and the next one is read (SEC-23)", async () => {
    reader = openResultsReader({ silenceMs: 1 });
    // To start the thread alone takes longer.
    await expect(read(['<testcase name="a"/>'])).rejects.toThrow("it takes more than 0.001 s to read");
    reader = openResultsReader();
    expect(await read(['<testcase name="a"/>'])).toMatchObject([{ name: "a" }]);
  });

  test("in Cucumber's JSON too, of which only what is known counts (R-TEST-4, SEC-23)", async () => {
    reader = openResultsReader();
    const step = (status: string, more = "") =>
      `{"result": {"status": "${status}", "duration": 2000000 ${more}}}`;
    const scenario = (name: string, ...steps: string[]) =>
      `{"type": "scenario", "name": "${name}", "steps": [${steps.join(",")}]}`;
    const report = `[7, null, {"__proto__": {"name": "no"}, "name": "Cart", "uri": "cart.feature", "elements": [
      {"type": "background", "name": "", "steps": []},
      ${scenario("fills", step("passed"), step("passed"))},
      ${scenario("breaks", step("passed"), step("failed", ', "error_message": "no"'), step("skipped"))},
      ${scenario("waits", step("undefined"))},
      {"steps": "none"}]}]`;

    const found = await read([report], "cucumber");

    const common = { classname: "Cart", file: "cart.feature" };
    expect(found).toEqual([
      { ...common, name: "fills", durationMs: 4, result: "success", message: null },
      { ...common, name: "breaks", durationMs: 6, result: "failure", message: "no" },
      { ...common, name: "waits", durationMs: 2, result: "skipped", message: null },
      { ...common, name: "", durationMs: 0, result: "success", message: null },
    ]);
    expect(await read([report], "cucumber", 1)).toHaveLength(1);
    expect(({} as Record<string, unknown>)["name"]).toBeUndefined();
    await expect(read(["[{"], "cucumber")).rejects.toThrow("it is no JSON");
  });
});
