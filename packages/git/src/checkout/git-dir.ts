import { createHash } from "node:crypto";
import { FmgError } from "@fmg/core";
import type { Commit } from "../tree.ts";
import type { History } from "./history.ts";

/** A file of the working tree, as the index lists it. */
export interface IndexedFile {
  /** Path from the root of the working tree; bytes written as latin1. */
  readonly path: string;
  readonly mode: number;
  readonly oid: string;
  readonly size: number;
}

export interface GitDirInput {
  readonly commit: Commit;
  readonly branch?: string;
  readonly tag?: string;
  /** Empty: it has none. */
  readonly originUrl: string;
  readonly history: History;
  /** The names of those that are there. */
  readonly submodules?: readonly string[];
}

/** The small files of a `.git` folder that holds a commit with some of its history, by their path in it; the pack is not among them. */
export function gitDirFiles(input: GitDirInput): ReadonlyMap<string, string> {
  const { commit, branch, tag, originUrl, history, submodules = [] } = input;
  const refs = new Map<string, string>();
  for (const [name, { oid, commit: peeled }] of history.tags) {
    if (isRefName(name)) refs.set(`refs/tags/${name}`, `${oid}^${peeled}`);
  }
  if (branch !== undefined) {
    refs.set(`refs/heads/${checkRefName(branch)}`, commit.sha);
    refs.set(`refs/remotes/origin/${branch}`, commit.sha);
  }
  if (tag !== undefined && !history.tags.has(tag)) refs.set(`refs/tags/${checkRefName(tag)}`, commit.sha);
  const packedRefs = [...refs]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, oids]) => {
      const [oid, peeled] = oids.split("^");
      return `${oid} ${name}\n${peeled === undefined ? "" : `^${peeled}\n`}`;
    });
  const files = new Map([
    ["HEAD", branch === undefined ? `${commit.sha}\n` : `ref: refs/heads/${branch}\n`],
    ["config", gitConfig(originUrl, branch, submodules)],
    // Packed, since a branch's name need not be a path that every file system takes.
    ["packed-refs", `# pack-refs with: peeled fully-peeled sorted \n${packedRefs.join("")}`],
  ]);
  const { cutOff } = history;
  if (cutOff.length > 0) files.set("shallow", cutOff.map((sha) => `${sha}\n`).join(""));
  return files;
}

/** Folders that make git take it for a repository, besides those of the files. */
export const gitDirFolders = ["objects", "objects/info", "objects/pack", "refs", "refs/heads", "refs/tags"];

/** The part of git's rules for names of refs that keeps them from being something else in a file of `.git`. */
function checkRefName(name: string): string {
  if (!isRefName(name)) {
    throw new FmgError(
      "clone_failed",
      `"${name.slice(0, 100)}" is not a name that git takes for a branch or tag.`,
    );
  }
  return name;
}

function isRefName(name: string): boolean {
  return name !== "" && !/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^[/-]|\/$|\.lock$|\.$/u.test(name);
}

function gitConfig(originUrl: string, branch: string | undefined, submodules: readonly string[]): string {
  const lines = [
    "[core]",
    "\trepositoryformatversion = 0",
    "\tfilemode = true",
    "\tbare = false",
    "\tlogallrefupdates = true",
    // The index was made before the files were: it knows their sizes and mtimes, but not their inodes and ctimes.
    "\ttrustctime = false",
    "\tcheckStat = minimal",
  ];
  if (originUrl !== "") {
    const url = quote(withoutCredentials(originUrl));
    lines.push('[remote "origin"]', `\turl = ${url}`, "\tfetch = +refs/heads/*:refs/remotes/origin/*");
  }
  if (branch !== undefined) {
    lines.push(
      `[branch ${quote(branch)}]`,
      "\tremote = origin",
      `\tmerge = ${quote(`refs/heads/${branch}`)}`,
    );
  }
  // So `git submodule` knows them as its own; a name that it would not take is one less to know.
  for (const name of submodules.filter((each) => /^[\w ./-]+$/.test(each) && !each.includes("..")))
    lines.push(`[submodule ${quote(name)}]`, "\tactive = true");
  return `${lines.join("\n")}\n`;
}

function quote(value: string): string {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function withoutCredentials(text: string): string {
  const url = URL.parse(text);
  if (url === null || (url.username === "" && url.password === "")) return text;
  url.username = "";
  url.password = "";
  return url.href;
}

/**
 * The index (version 2) of a fresh checkout whose files all have the given mtime. With `checkStat = minimal` git
 * compares size, mode and mtime only, so that `git status` reads no file.
 */
export function encodeIndex(files: readonly IndexedFile[], mtime: number): Buffer {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const header = Buffer.alloc(12);
  header.write("DIRC", 0, "latin1");
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(sorted.length, 8);
  const body = Buffer.concat([header, ...sorted.map((file) => indexEntry(file, mtime))]);
  return Buffer.concat([body, createHash("sha1").update(body).digest()]);
}

function indexEntry({ path, mode, oid, size }: IndexedFile, mtime: number): Buffer {
  const fixed = 62;
  // Entries end with one to eight zeros, so that each is a multiple of eight bytes long.
  const entry = Buffer.alloc(Math.ceil((fixed + path.length + 1) / 8) * 8);
  entry.writeUInt32BE(mtime, 8);
  entry.writeUInt32BE(mode, 24);
  entry.writeUInt32BE(size, 36);
  entry.write(oid, 40, "hex");
  entry.writeUInt16BE(Math.min(path.length, 0xfff), 60);
  entry.write(path, fixed, "latin1");
  return entry;
}
