import { once } from "node:events";
import { parentPort, type MessagePort } from "node:worker_threads";

import type { TestResult } from "../job-stores.ts";
import { readCucumber } from "./read-cucumber.ts";
import { JUnitRefused, readJUnit } from "./read-junit.ts";

/** What is to be read: the first `most` results of one file. */
export interface ResultsRequest {
  readonly format: "junit" | "cucumber";
  readonly most: number;
}

/** What the thread says, each time in answer to one message: its wish for bytes, or what it found, by the thousand. */
export type ResultsAnswer =
  | { readonly kind: "more" }
  | { readonly kind: "some"; readonly results: readonly TestResult[] }
  | { readonly kind: "end" }
  | { readonly kind: "refused"; readonly message: string };

/** A message of this many costs the other side a few milliseconds. */
const batchSize = 2000;

if (parentPort !== null) await serve(parentPort);

async function serve(port: MessagePort): Promise<never> {
  let request = (await heard(port)) as ResultsRequest;
  for (;;) request = (await say(port, await read(port, request))) as ResultsRequest;
}

async function read(port: MessagePort, { format, most }: ResultsRequest): Promise<ResultsAnswer> {
  try {
    const results = await (format === "junit" ? readJUnit : readCucumber)(bytesFrom(port), most);
    for (let at = 0; at < results.length; at += batchSize)
      await say(port, { kind: "some", results: results.slice(at, at + batchSize) });
    return { kind: "end" };
  } catch (thrown) {
    if (thrown instanceof JUnitRefused) return { kind: "refused", message: thrown.message };
    throw thrown;
  }
}

/** Null is the end of the file. */
async function* bytesFrom(port: MessagePort): AsyncGenerator<Uint8Array> {
  for (;;) {
    const chunk = (await say(port, { kind: "more" })) as Uint8Array | null;
    if (chunk === null) return;
    yield chunk;
  }
}

/** Listens before it speaks: what is heard while nobody listens is lost. */
async function say(port: MessagePort, answer: ResultsAnswer): Promise<unknown> {
  const next = heard(port);
  port.postMessage(answer);
  return next;
}

async function heard(port: MessagePort): Promise<unknown> {
  const [message] = (await once(port, "message")) as [unknown];
  return message;
}
