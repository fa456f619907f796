import type { TestResult } from "../job-stores.ts";
import { JUnitRefused, longestMessage, longestName } from "./read-junit.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The scenarios of a report in Cucumber's old JSON form; the first `most` of them. (R-TEST-4) */
export async function readCucumber(
  bytes: AsyncIterable<Uint8Array>,
  most: number,
): Promise<readonly TestResult[]> {
  const features = listOf(parse(await textOf(bytes)));
  const found: TestResult[] = [];
  for (const feature of features) {
    for (const element of listOf(feature["elements"])) {
      if (found.length >= most) return found;
      // A background is no test: its steps count where a scenario has them.
      if (element["type"] !== "background") found.push(resultOf(feature, element));
    }
  }
  return found;
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder("utf-8");
  let text = "";
  for await (const chunk of bytes) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new JUnitRefused("it is no JSON");
  }
}

/** Only what is an object in a list counts: a report is a stranger's word. */
function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value)
    ? value.filter((each): each is Fields => typeof each === "object" && each !== null)
    : [];
}

function resultOf(feature: Fields, element: Fields): TestResult {
  const steps = listOf(element["steps"]).map(({ result }) => listOf([result])[0] ?? {});
  const failed = steps.find(({ status }) => status === "failed");
  const passed = steps.every(({ status }) => status === "passed");
  const nanoseconds = steps.reduce(
    (sum, { duration }) => sum + (typeof duration === "number" ? duration : 0),
    0,
  );
  return {
    name: textIn(element["name"], longestName),
    classname: textIn(feature["name"], longestName),
    file: textIn(feature["uri"], longestName),
    durationMs: Math.max(0, Math.round(nanoseconds / 1e6)),
    result: failed !== undefined ? "failure" : passed ? "success" : "skipped",
    message: failed === undefined ? null : textIn(failed["error_message"], longestMessage),
  };
}

function textIn(value: unknown, longest: number): string {
  return typeof value === "string" ? value.slice(0, longest) : "";
}
