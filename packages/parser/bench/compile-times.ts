import { CORE_SCHEMA, load, mergeTag } from "js-yaml";
import { compile, printConfig } from "../src/index.ts";
import { expandingConfig, plainConfig } from "./fixtures.ts";

const schema = CORE_SCHEMA.withTags([mergeTag]);
const pipeline = new Map([["pipeline.git.branch", "main"]]);

/**
 * What a compile cost, beside the floor: loading the same text with js-yaml. Milliseconds, the best of many
 * rounds: what else the machine does only ever adds. */
export interface CompileTimes {
  readonly name: string;
  readonly sourceCharacters: number;
  readonly outputCharacters: number;
  readonly compileMs: number;
  readonly loadMs: number;
}

/** Measures the named fixtures: three sizes with little expansion, two matrices. */
export function measureCompiles(): CompileTimes[] {
  return [
    measure("1 KB", plainConfig(1), 6000),
    measure("30 KB", plainConfig(30), 400),
    measure("300 KB", plainConfig(300), 60),
    measure("matrix of 50 jobs", expandingConfig(50), 200),
    measure("matrix of 500 jobs", expandingConfig(500), 30),
  ];
}

function measure(name: string, text: string, rounds: number): CompileTimes {
  const result = compileText(text);
  if (result.kind !== "compiled") throw new Error(`the fixture of ${name} is ${result.kind}`);
  const compileMs: number[] = [];
  const loadMs: number[] = [];
  // In turn, after rounds that only warm up the just-in-time compiler: what else the machine does falls on both.
  for (let round = -Math.ceil(rounds / 3); round < rounds; round++) {
    const [compiled, loaded] = [timed(() => compileText(text)), timed(() => load(text, { schema }))];
    if (round < 0) continue;
    compileMs.push(compiled);
    loadMs.push(loaded);
  }
  return {
    name,
    sourceCharacters: text.length,
    outputCharacters: printConfig(result.config).length,
    compileMs: Math.min(...compileMs),
    loadMs: Math.min(...loadMs),
  };
}

/** The whole of it: the plan, and the printed form, which is made when it is read. */
function compileText(text: string): ReturnType<typeof compile> {
  const result = compile(text, { file: ".circleci/config.yml", pipeline });
  if (result.kind === "compiled" && result.config.root.size === 0) throw new Error("nothing was compiled");
  return result;
}

function timed(work: () => unknown): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}
