import { setImmediate } from "node:timers/promises";

import type { StoreTestResultsStepPlan } from "@fmg/core";

import { entriesOf, type Entry } from "../archive/repack-tars.ts";
import { formatBytes } from "../archive/transfer.ts";
import type { TestResult } from "../job-stores.ts";
import { JUnitRefused } from "../junit/read-junit.ts";
import { openResultsReader, type ResultsReader } from "../junit/results-reader.ts";
import { maskedNeedles, maskWhole } from "../output/masker.ts";
import type { OwnStep, OwnStepContext } from "./own-step.ts";
import { placePath } from "./place-path.ts";

const largestFileBytes = 64 * 2 ** 20;
/** JSON is read as a whole, into objects that take up to 20 times as much memory. */
const largestCucumberBytes = 8 * 2 ** 20;
const mostResults = 100_000;
/** Results that are masked at once, between two turns of the event loop. */
const batchSize = 1000;

/** Keeps the results of JUnit XML files. A file that cannot be read is told, and fails nothing. (R-TEST-1, R-TEST-2, R-TEST-3, R-TEST-4) */
export function storeTestResults(index: number, step: StoreTestResultsStepPlan): OwnStep {
  return {
    probe: { script: "", args: [], program: [] },
    async carryOut(context) {
      const { attempt, place, say, signal } = context;
      const source = placePath(place, step.path);
      const tar = await attempt.engine.getArchive(attempt.name, source, signal);
      if (tar === undefined) return say(`Warning: no test results found at ${source}`);
      const results = await readFiles(context, tar);
      await attempt.input.stores.tests.record(index, await masked(context, results));
      await say(tell(results));
    },
  };
}

async function readFiles(context: OwnStepContext, tar: AsyncIterable<Uint8Array>): Promise<TestResult[]> {
  const reader = openResultsReader();
  const results: TestResult[] = [];
  try {
    for await (const entry of entriesOf(tar)) {
      if (!isResultsFile(entry)) {
        entry.resume();
        continue;
      }
      for (const result of await readFile(context, reader, entry, mostResults + 1 - results.length))
        results.push(result);
      if (results.length > mostResults) {
        await context.say(`Warning: more than ${mostResults} results; the rest is left out.`);
        break;
      }
    }
  } finally {
    await reader.close();
  }
  return results.slice(0, mostResults);
}

/** In a folder only `*.xml`, and Cucumber's in a folder of that name; nothing hidden. The path itself may have any name. */
function isResultsFile({ header: { name, type } }: Entry): boolean {
  const below = name.split("/").slice(1);
  if (type !== "file") return false;
  if (below.length === 0) return true;
  return (name.endsWith(".xml") || isCucumber(name)) && !below.some((part) => part.startsWith("."));
}

function isCucumber(name: string): boolean {
  const folders = name.split("/").slice(0, -1);
  return name.endsWith(".cucumber") && (folders.length === 0 || folders.includes("cucumber"));
}

async function readFile(
  { say, signal }: OwnStepContext,
  reader: ResultsReader,
  entry: Entry,
  most: number,
): Promise<readonly TestResult[]> {
  const { name, size } = entry.header;
  if (size > (isCucumber(name) ? largestCucumberBytes : largestFileBytes)) {
    entry.resume();
    await say(`Warning: ${name} has ${formatBytes(size)}, more than is read, and is left out.`);
    return [];
  }
  // By `next` alone: the entry's own `return`, when a file is refused halfway, would end the whole tar.
  const chunks = (entry as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  try {
    const format = isCucumber(name) ? "cucumber" : "junit";
    return await reader.read(chunks, { format, most }, signal);
  } catch (thrown) {
    if (!(thrown instanceof JUnitRefused)) throw thrown;
    const form = isCucumber(name) ? "Cucumber JSON" : "JUnit XML";
    await say(`Warning: ${name} is no ${form} that can be read: ${thrown.message}`);
    for (let rest = await chunks.next(); rest.done !== true;) rest = await chunks.next();
    return [];
  }
}

/**
 * A test's name or message may show a secret, as its output may. Many texts are masked as one, with what no secret contains
 * between them: to set up for each text of a large suite would hold the event loop for minutes. (SEC-6)
 */
async function masked(
  { attempt: { input } }: OwnStepContext,
  results: readonly TestResult[],
): Promise<TestResult[]> {
  const needles = maskedNeedles(input.secrets.map(({ value }) => value));
  const done: TestResult[] = [];
  for (let at = 0; at < results.length; at += batchSize) {
    const batch = results.slice(at, at + batchSize);
    const texts = batch.flatMap(({ name, classname, file, message }) => [
      name,
      classname,
      file,
      message ?? "",
    ]);
    const safe = maskWhole(texts.join("\0"), needles).split("\0");
    for (const [index, result] of batch.entries()) {
      const [name = "", classname = "", file = "", message = ""] = safe.slice(index * 4, index * 4 + 4);
      done.push({ ...result, name, classname, file, message: result.message === null ? null : message });
    }
    await setImmediate();
  }
  return done;
}

function tell(results: readonly TestResult[]): string {
  const count = (result: TestResult["result"]): number =>
    results.filter((each) => each.result === result).length;
  return `Stored ${results.length} test results: ${count("success")} passed, ${count("failure")} failed, ${count("skipped")} skipped`;
}
