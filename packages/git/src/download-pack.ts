import fs from "node:fs";
import { buffer } from "node:stream/consumers";
import { fetch as isomorphicFetch, type GitHttpRequest, type HttpClient } from "isomorphic-git";
import type { SendRequest } from "./http-client.ts";
import { parseUploadPackAnswer } from "./upload-pack-answer.ts";

export interface PackRequest {
  readonly http: SendRequest;
  /** A bare repository for isomorphic-git to read its settings from; nothing is written into it. */
  readonly gitdir: string;
  readonly url: string;
  /** A commit's sha, or the full name of a ref. */
  readonly want: string;
  readonly depth: number;
  /** `commits`: no trees and no files, where the server can leave them out. */
  readonly objects: "all" | "commits";
}

/** The answer of the server was taken out of the hands of isomorphic-git. */
class Captured extends Error {}

/**
 * Asks the server for a pack of `want`. isomorphic-git speaks the protocol up to the answer; the answer is taken from
 * it here, because its own indexing of the pack costs most of a clone (see `pack/index-pack.ts`, which takes over).
 * Returns "not-there" when the server has no such commit or ref, or does not give out bare commits.
 */
export async function downloadPack({
  http,
  gitdir,
  url,
  want,
  depth,
  objects,
}: PackRequest): Promise<Buffer | "not-there"> {
  let answer: Uint8Array | undefined;
  let canFilter = false;
  const capturing: HttpClient = {
    async request(request) {
      const { body: asked } = request;
      const extras = {
        tags: depth > 1 && objects === "all",
        commitsAlone: canFilter && objects === "commits",
      };
      const sent = asked === undefined ? request : { ...request, body: withExtras(asked, extras) };
      const { status, statusText, headers, body } = await http(sent);
      if (request.method === "POST") {
        answer = body;
        throw new Captured();
      }
      // Capabilities stand behind the first ref.
      canFilter = /\0[^\n]* filter[ \n]/.test(Buffer.from(body).toString("latin1"));
      return {
        url: request.url,
        method: "GET",
        statusCode: status,
        statusMessage: statusText,
        headers: Object.fromEntries(headers),
        body: inOnePiece(body),
      };
    },
  };
  try {
    await isomorphicFetch({
      fs,
      http: capturing,
      gitdir,
      url,
      ref: want,
      remoteRef: want,
      singleBranch: true,
      tags: false,
      depth,
    });
  } catch (error) {
    if (error instanceof Captured && answer !== undefined) return parseUploadPackAnswer(answer);
    if (isUnknownRef(error)) return "not-there";
    throw error;
  }
  // isomorphic-git returns without asking for a pack when the repository has no refs at all.
  return "not-there";
}

function isUnknownRef(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "NotFoundError";
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Asks for what isomorphic-git has no words for: the annotated tags on what comes along, for `git describe`; and commits
 * without their trees.
 */
async function* withExtras(
  body: NonNullable<GitHttpRequest["body"]>,
  { tags, commitsAlone }: { readonly tags: boolean; readonly commitsAlone: boolean },
): AsyncGenerator<Uint8Array> {
  const request = await buffer(body);
  const length = pktLength(request, 0);
  // The first line is `want <oid> <capabilities>`; what narrows the answer stands last before the flush.
  const capabilities = `${tags ? " include-tag" : ""}${commitsAlone ? " filter" : ""}`;
  yield pktLine(`${request.toString("utf8", 4, length).trimEnd()}${capabilities}\n`);
  let flush = length;
  while (pktLength(request, flush) > 0) flush += pktLength(request, flush);
  yield request.subarray(length, flush);
  if (commitsAlone) yield pktLine("filter tree:0\n");
  yield request.subarray(flush);
}

/** 0 at a flush. */
function pktLength(request: Buffer, at: number): number {
  return Number.parseInt(request.toString("latin1", at, at + 4), 16);
}

function pktLine(text: string): Buffer {
  return Buffer.from((text.length + 4).toString(16).padStart(4, "0") + text);
}
