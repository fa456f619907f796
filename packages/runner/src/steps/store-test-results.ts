import { setImmediate } from "node:timers/promises";

import type { StoreTestResultsStepPlan } from "@fmg/core";

import { entriesOf, type Entry } from "../archive/repack-tars.ts";
import { formatBytes } from "../archive/transfer.ts";
import type { TestResult } from "../job-stores.ts";
import { JUnitRefused, readJUnit } from "../junit/read-junit.ts";
import { maskedNeedles, maskWhole } from "../output/masker.ts";
import type { OwnStep, OwnStepContext } from "./own-step.ts";
import { placePath } from "./place-path.ts";

const largestFileBytes = 64 * 2 ** 20;
const mostResults = 100_000;
/** Results that are masked at once, between two turns of the event loop. */
const batchSize = 1000;

/** Keeps the results of JUnit XML files. A file that cannot be read is told, and fails nothing. (R-TEST-1, R-TEST-2, R-TEST-3) */
export function storeTestResults(index: number, step: StoreTestResultsStepPlan): OwnStep {
  return {
    probe: { script: "", args: [], program: [] },
    async carryOut(context) {
      const { attempt, place, say, signal } = context;
      const source = placePath(place, step.path);
      const tar = await attempt.engine.getArchive(attempt.name, source, signal);
      if (tar === undefined) return say(`Warning: no test results found at ${source}`);
      const results: TestResult[] = [];
      for await (const entry of entriesOf(tar)) {
        if (!isResultsFile(entry)) {
          entry.resume();
          continue;
        }
        for (const result of await readFile(context, entry, mostResults + 1 - results.length))
          results.push(result);
        if (results.length > mostResults) {
          await say(`Warning: more than ${mostResults} results; the rest is left out.`);
          break;
        }
      }
      results.splice(mostResults);
      await attempt.input.stores.tests.record(index, await masked(context, results));
      await say(tell(results));
    },
  };
}

/** In a folder only `*.xml`, and nothing hidden; the path itself may have any name. */
function isResultsFile({ header: { name, type } }: Entry): boolean {
  const below = name.split("/").slice(1);
  if (type !== "file") return false;
  return below.length === 0 || (name.endsWith(".xml") && !below.some((part) => part.startsWith(".")));
}

async function readFile({ say }: OwnStepContext, entry: Entry, most: number): Promise<readonly TestResult[]> {
  const { name, size } = entry.header;
  if (size > largestFileBytes) {
    entry.resume();
    await say(`Warning: ${name} has ${formatBytes(size)}, more than is read, and is left out.`);
    return [];
  }
  // Without a `return`: the entry's own, when a file is refused halfway, would end the whole tar.
  const chunks = (entry as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const bytes = { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) };
  try {
    return await readJUnit(bytes, most);
  } catch (thrown) {
    if (!(thrown instanceof JUnitRefused)) throw thrown;
    await say(`Warning: ${name} is no JUnit XML that can be read: ${thrown.message}`);
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
