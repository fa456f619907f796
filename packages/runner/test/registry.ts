import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AddressInfo } from "node:net";

import Docker from "dockerode";

/** A registry of this machine's own, which asks for a password. */
export interface TestRegistry {
  /** `127.0.0.1:PORT`: Docker speaks plain HTTP with loopback addresses. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
  /** Puts a local image into it, and removes it from Docker under the new name, which is returned. */
  push(image: string, name: string): Promise<string>;
  /** From now on every request is answered with 503, until `heal`. */
  fail(): void;
  heal(): void;
  close(): Promise<void>;
}

const username = "robot";
const password = "registry-pass";
/** The same as bcrypt has it, the only form that the registry takes. */
const passwordFile = "robot:$2y$05$5kYr8PeEzRCHCHB2zLQwuOESxjdGA07.lhM2hCSK5AeXa2HithCtW\n";

/** Starts Debian's `docker-registry` behind a proxy that can fail. */
export async function startRegistry(): Promise<TestRegistry> {
  const directory = await mkdtemp(join(tmpdir(), "fmg-registry-"));
  const { port, child } = await startDaemon(directory);
  let isFailing = false;
  const proxy = await listen(
    createServer((incoming, answer) => {
      if (isFailing) {
        answer.writeHead(503).end("the registry is being mended");
        return;
      }
      const { method, url, headers } = incoming;
      const forwarded = request({ host: "127.0.0.1", port, method, path: url, headers }, (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      });
      incoming.pipe(forwarded);
    }),
  );
  const host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const docker = new Docker();
  return {
    host,
    username,
    password,
    async push(image, name) {
      const repo = `${host}/${name}`;
      await docker.getImage(image).tag({ repo, tag: "1" });
      const tagged = docker.getImage(`${repo}:1`);
      const authconfig = { username, password, serveraddress: host };
      for await (const chunk of await tagged.push({ authconfig })) {
        if (String(chunk).includes('"error"')) throw new Error(String(chunk));
      }
      await tagged.remove();
      return `${repo}:1`;
    },
    fail: () => void (isFailing = true),
    heal: () => void (isFailing = false),
    async close() {
      proxy.closeAllConnections();
      proxy.close();
      child.kill();
      await once(child, "close");
      await rm(directory, { recursive: true });
    },
  };
}

async function startDaemon(directory: string): Promise<{ port: number; child: ReturnType<typeof spawn> }> {
  const port = await freePort();
  await writeFile(join(directory, "passwords"), passwordFile);
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(directory, "blobs") } },
      http: { addr: `127.0.0.1:${port}` },
      auth: { htpasswd: { realm: "fmg", path: join(directory, "passwords") } },
    }),
  );
  const child = spawn("docker-registry", ["serve", join(directory, "config.json")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    child.on("error", (cause) =>
      reject(new Error("docker-registry is missing: apt-get install docker-registry", { cause })),
    );
    child.on("close", () => reject(new Error(`docker-registry ended: ${said}`)));
    child.stderr.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("listening on")) resolve();
    });
  });
  return { port, child };
}

async function freePort(): Promise<number> {
  const server = await listen(createServer());
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function listen(server: Server): Promise<Server> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
