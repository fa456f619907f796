import { SaxesParser } from "saxes";

import type { TestResult } from "../job-stores.ts";

/** A results file that is no JUnit XML, or one that is refused; told, and left out. (R-TEST-2) */
export class JUnitRefused extends Error {}

const deepest = 100;
/** Of one element: some millions would take the memory of the whole process. */
const mostAttributes = 1000;
export const longestName = 1_000;
export const longestMessage = 4_000;

interface Open {
  readonly element: string;
  readonly file: string | undefined;
}

/**
 * The tests of a JUnit XML file, streamed: `testsuites`, nested `testsuite`s and `testcase`s as the common runners write them.
 * What comes after the first `most` of them is left out. A DOCTYPE and entities of its own are refused. (R-TEST-2, SEC-23)
 */
export async function readJUnit(bytes: AsyncIterable<Uint8Array>, most = Infinity): Promise<TestResult[]> {
  const parser = new SaxesParser();
  const decoder = new TextDecoder("utf-8");
  const found: TestResult[] = [];
  const open: Open[] = [];
  let current: { -readonly [Key in keyof TestResult]: TestResult[Key] } | undefined;
  let words: string | undefined;

  parser.on("doctype", () => {
    throw new JUnitRefused("it has a DOCTYPE");
  });
  parser.on("error", (error) => {
    throw new JUnitRefused(error.message);
  });
  let attributeCount = 0;
  parser.on("opentagstart", () => void (attributeCount = 0));
  parser.on("attribute", () => {
    if (++attributeCount > mostAttributes)
      throw new JUnitRefused(`an element has more than ${mostAttributes} attributes`);
  });
  parser.on("opentag", ({ name, attributes }) => {
    const { file = open.at(-1)?.file } = attributes as Record<string, string | undefined>;
    if (open.length >= deepest) throw new JUnitRefused(`it is nested deeper than ${deepest}`);
    open.push({ element: name, file });
    if (name === "testcase") current = startOf(attributes, file);
    if (current === undefined) return;
    if (name === "failure" || name === "error") {
      current.result = "failure";
      words = (attributes as Record<string, string | undefined>)["message"] ?? "";
    } else if (name === "skipped") current.result = "skipped";
  });
  parser.on("text", (text) => {
    if (words !== undefined && words.length < longestMessage)
      words += words === "" ? text.trimStart() : `\n${text}`;
  });
  parser.on("cdata", (text) => {
    if (words !== undefined && words.length < longestMessage) words += `${words === "" ? "" : "\n"}${text}`;
  });
  parser.on("closetag", ({ name }) => {
    open.pop();
    if (current !== undefined && words !== undefined && (name === "failure" || name === "error")) {
      current.message = words.trim().slice(0, longestMessage);
      words = undefined;
    }
    if (name === "testcase" && current !== undefined) {
      if (found.length < most) found.push(current);
      current = undefined;
    }
  });

  for await (const chunk of bytes) parser.write(decoder.decode(chunk, { stream: true }));
  parser.write(decoder.decode());
  parser.close();
  return found;
}

function startOf(attributes: Record<string, string | undefined>, file: string | undefined): TestResult {
  // Some runners write 1,234.5.
  const seconds = Number((attributes["time"] ?? "").replaceAll(",", ""));
  return {
    name: (attributes["name"] ?? "").slice(0, longestName),
    classname: (attributes["classname"] ?? "").slice(0, longestName),
    file: (file ?? "").slice(0, longestName),
    durationMs: Number.isFinite(seconds) ? Math.max(0, Math.round(seconds * 1000)) : 0,
    result: "success",
    message: null,
  };
}
