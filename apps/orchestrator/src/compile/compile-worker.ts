import { parentPort } from "node:worker_threads";
import { compile } from "@fmg/parser";
import type { CompileRequest } from "./config-compiler.ts";

parentPort?.on("message", ({ text, ...input }: CompileRequest) => {
  parentPort?.postMessage(compile(text, input));
});
