import { EventEmitter, once } from "node:events";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gitEnvironment, runGit } from "./run-git.ts";

/** A file to commit: its text, or its bytes with a git mode ("100755" for a program, "120000" for a symlink). */
export type FileContent = string | { readonly content: string | Buffer; readonly mode?: string };

export interface CommitInput {
  /** The whole tree by path, or a folder to commit. Files of the commit before it that are not named are gone. */
  readonly files: Readonly<Record<string, FileContent>> | { readonly folder: string };
  /** "main" by default; the commit's parent is the branch's tip. */
  readonly branch?: string;
  /** A tag to put on the commit; "annotated" makes a tag object. */
  readonly tag?: string | { readonly annotated: string };
  readonly message?: string;
}

export interface GitServerSettings {
  /** Requests without this password (user `x-access-token`) get 401. */
  readonly token?: string;
  /** Whether any commit may be fetched by its sha, and without its files, as on GitHub, or only the tips of refs, whole. */
  readonly bareCommits?: "allowed" | "refused";
}

export interface GitServer {
  /** Such as http://127.0.0.1:41234 */
  readonly url: string;
  /** Requests so far, as "GET /octo/repo.git/info/refs". */
  readonly requests: readonly string[];
  cloneUrl(repository: string): string;
  /** Commits to `owner/name`, which is made if need be, and returns the commit's sha. */
  commit(repository: string, input: CommitInput): Promise<string>;
  /** Where the bare repository of `owner/name` stands, for `runGit`. */
  folder(repository: string): string;
  /** Changes the required token; null opens the server. */
  requireToken(token: string | null): void;
  /** Answers the next `count` requests with `status`. */
  failNext(count: number, status: number): void;
  /** Leaves the next `count` requests without an answer until the server closes. */
  hangNext(count: number): void;
  /** Begins to answer the next `count` requests with a pack that stops in its middle: the answer `ends`, or the connection `breaks`. */
  cutNext(count: number, how: "ends" | "breaks"): void;
  /** Sends the next `count` requests elsewhere. */
  redirectNext(count: number, location: (path: string) => string): void;
  /** Lets the next `count` requests through: for faults that come later. */
  passNext(count: number): void;
  /** Resolves when there were at least `count` requests. */
  requestsToBe(count: number): Promise<void>;
  close(): Promise<void>;
}

type Fault =
  | { kind: "status"; status: number }
  | { kind: "hang" }
  | { kind: "cut"; how: "ends" | "breaks" }
  | { kind: "none" }
  | { kind: "redirect"; location: (path: string) => string };

/**
 * A real git server for tests: native `git http-backend` behind node:http, repositories in a temporary folder. Needs
 * Debian's `git`. Close it when done.
 */
export async function startGitServer(settings: GitServerSettings = {}): Promise<GitServer> {
  const root = await mkdtemp(join(tmpdir(), "fmg-git-"));
  const requests: string[] = [];
  const faults: Fault[] = [];
  let token = settings.token ?? null;
  const arrivals = new EventEmitter();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://host");
    requests.push(`${request.method} ${url.pathname}`);
    arrivals.emit("request");
    const fault = faults.shift() ?? { kind: "none" };
    if (fault.kind !== "none") sendFault(fault, request, response);
    else if (token !== null && !hasToken(request, token)) refuse(response);
    else runBackend({ root, url, request, response });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = (repository: string): string => join(root, `${repository}.git`);

  return {
    url,
    requests,
    folder,
    cloneUrl: (repository) => `${url}/${repository}.git`,
    async commit(repository, input) {
      await ensureRepository(folder(repository), settings.bareCommits ?? "allowed");
      return commitTree(folder(repository), input);
    },
    requireToken(next) {
      token = next;
    },
    failNext(count, status) {
      for (let i = 0; i < count; i += 1) faults.push({ kind: "status", status });
    },
    hangNext(count) {
      for (let i = 0; i < count; i += 1) faults.push({ kind: "hang" });
    },
    cutNext(count, how) {
      for (let i = 0; i < count; i += 1) faults.push({ kind: "cut", how });
    },
    redirectNext(count, location) {
      for (let i = 0; i < count; i += 1) faults.push({ kind: "redirect", location });
    },
    passNext(count) {
      for (let i = 0; i < count; i += 1) faults.push({ kind: "none" });
    },
    async requestsToBe(count) {
      while (requests.length < count) await once(arrivals, "request");
    },
    async close() {
      await closeServer(server);
      await rm(root, { recursive: true, force: true });
    },
  };
}

function sendFault(
  fault: Exclude<Fault, { kind: "none" }>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  switch (fault.kind) {
    case "status":
      response.writeHead(fault.status).end("a fault that the test asked for\n");
      return;
    case "cut":
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-result" });
      response.write("0008NAK\n0011\u0001PACK\0\0\0\u0002\0\0\0\u0003", () => {
        if (fault.how === "ends") response.end();
        else response.socket?.resetAndDestroy();
      });
      return;
    case "redirect":
      response.writeHead(301, { location: fault.location(request.url ?? "/") }).end();
      return;
    case "hang":
  }
}

function hasToken(request: IncomingMessage, token: string): boolean {
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString("base64")}`;
  return request.headers.authorization === expected;
}

function refuse(response: ServerResponse): void {
  response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end("a token is needed\n");
}

interface Exchange {
  readonly root: string;
  readonly url: URL;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Answers one request through CGI, as a web server in front of `git http-backend` does. */
function runBackend({ root, url, request, response }: Exchange): void {
  const backend = spawn("git", ["http-backend"], {
    env: gitEnvironment({
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_ADDR: "127.0.0.1",
    }),
  });
  backend.on("error", (error) => response.destroy(error));
  backend.stdin.on("error", () => {
    // The backend may end before the request does.
  });
  response.on("close", () => backend.kill());
  request.pipe(backend.stdin);
  backend.stderr.resume();
  let head = Buffer.alloc(0);
  backend.stdout.on("data", function readHead(chunk: Buffer) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    backend.stdout.off("data", readHead);
    const { status, headers } = parseCgiHead(head.toString("latin1", 0, end));
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
    backend.stdout.pipe(response);
  });
  backend.stdout.on("end", () => {
    if (!response.headersSent) response.writeHead(500).end("git http-backend gave no answer\n");
  });
}

function parseCgiHead(head: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {};
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const status = Number.parseInt(headers["status"] ?? "200", 10);
  delete headers["status"];
  return { status, headers };
}

async function ensureRepository(folder: string, bareCommits: "allowed" | "refused"): Promise<void> {
  await mkdir(folder, { recursive: true });
  // Safe to repeat.
  await runGit(folder, ["init", "--quiet", "--bare", "--initial-branch=main", "."]);
  if (bareCommits === "refused") return;
  await runGit(folder, ["config", "uploadpack.allowAnySHA1InWant", "true"]);
  await runGit(folder, ["config", "uploadpack.allowFilter", "true"]);
}

const someone = {
  GIT_AUTHOR_NAME: "Octo Cat",
  GIT_AUTHOR_EMAIL: "octo@example.com",
  GIT_COMMITTER_NAME: "Octo Cat",
  GIT_COMMITTER_EMAIL: "octo@example.com",
};

async function commitTree(folder: string, input: CommitInput): Promise<string> {
  const branch = `refs/heads/${input.branch ?? "main"}`;
  const files =
    "folder" in input.files && typeof input.files.folder === "string"
      ? await filesOf(input.files.folder)
      : (input.files as Readonly<Record<string, FileContent>>);
  const stream = await fastImport(folder, branch, files, input.message ?? "A commit");
  await runGit(folder, ["fast-import", "--quiet", "--force"], { input: stream });
  const sha = (await runGit(folder, ["rev-parse", branch])).trim();
  const { tag } = input;
  if (typeof tag === "string") await runGit(folder, ["tag", tag, sha]);
  else if (tag !== undefined)
    await runGit(folder, ["tag", "-a", "-m", "A tag", tag.annotated, sha], { env: someone });
  return sha;
}

/** The commit in git's own stream format: one process for any number of files. */
async function fastImport(
  folder: string,
  branch: string,
  files: Readonly<Record<string, FileContent>>,
  message: string,
): Promise<Buffer> {
  const parent = await runGit(folder, ["rev-parse", "--quiet", "--verify", branch]).catch(() => "");
  const seconds = Math.floor(Date.now() / 1000);
  const parts: Buffer[] = [];
  const add = (text: string): void => void parts.push(Buffer.from(text));
  const addContent = (content: string | Buffer): void => {
    const bytes = Buffer.from(content);
    add(`data ${bytes.length}\n`);
    parts.push(bytes);
    add("\n");
  };
  add(`commit ${branch}\ncommitter Octo Cat <octo@example.com> ${seconds} +0000\n`);
  addContent(message);
  if (parent !== "") add(`from ${parent.trim()}\n`);
  add("deleteall\n");
  for (const [path, file] of Object.entries(files)) {
    const { content, mode = "100644" } = typeof file === "string" ? { content: file } : file;
    add(`M ${mode} inline ${JSON.stringify(path)}\n`);
    addContent(content);
  }
  return Buffer.concat(parts);
}

async function filesOf(folder: string): Promise<Record<string, FileContent>> {
  const files: Record<string, FileContent> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(folder, file);
    if (entry.isSymbolicLink()) files[path] = { content: await readlink(file), mode: "120000" };
    else if (entry.isFile()) {
      const isProgram = ((await stat(file)).mode & 0o100) !== 0;
      files[path] = { content: await readFile(file), mode: isProgram ? "100755" : "100644" };
    }
  }
  return files;
}

async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
  server.closeAllConnections();
  await closed;
}
