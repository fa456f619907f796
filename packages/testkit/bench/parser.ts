import { measureCompiles, type CompileTimes } from "../../parser/bench/compile-times.ts";
import type { Finding } from "./measure.ts";

/** The parser against js-yaml on the same text, and how its cost grows. */
export function benchmarkParser(): Promise<readonly Finding[]> {
  const [small, medium, large, fewJobs, manyJobs] = measureCompiles() as [
    CompileTimes,
    CompileTimes,
    CompileTimes,
    CompileTimes,
    CompileTimes,
  ];
  return Promise.resolve([
    ...[small, medium, large].map(againstLoad),
    {
      goal: "P10",
      what: "compiling 30 KB, in milliseconds",
      measured: medium.compileMs,
      floor: 1,
      unit: "ms",
      atMost: 20,
    },
    growth("from 30 to 300 KB of source", medium, large),
    growth("from 50 to 500 jobs of a matrix", fewJobs, manyJobs),
  ]);
}

function againstLoad({ name, compileMs, loadMs }: CompileTimes): Finding {
  const what = `compiling ${name} against js-yaml's load`;
  return { goal: "P10", what, measured: compileMs, floor: loadMs, unit: "ms", atMost: 3 };
}

/** Milliseconds per 100 KB of source and output together: the same at every size if the growth is linear. */
function growth(what: string, from: CompileTimes, to: CompileTimes): Finding {
  return {
    goal: "P10",
    what: `the cost per character ${what}`,
    measured: costOf(to),
    floor: costOf(from),
    unit: "ms per 100 KB",
    atMost: 1.5,
  };
}

function costOf({ compileMs, sourceCharacters, outputCharacters }: CompileTimes): number {
  return (compileMs * 102_400) / (sourceCharacters + outputCharacters);
}
