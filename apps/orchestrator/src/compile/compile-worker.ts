import { parentPort } from "node:worker_threads";
import { compile } from "@fmg/parser";
import type { CompileRequest } from "./config-compiler.ts";

parentPort?.on("message", (request: CompileRequest) => {
  parentPort?.postMessage(compile(request.text, { file: request.file, pipeline: request.pipeline }));
});
