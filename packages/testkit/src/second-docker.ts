import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connectDocker } from "@fmg/runner";
import Docker from "dockerode";

const run = promisify(execFile);

/** A second Docker daemon, as an operator may run one for `setup_remote_docker`. */
export interface SecondDocker {
  /** `tcp://…`, which the containers of jobs reach. */
  readonly host: string;
  /** A client's ca.pem, cert.pem and key.pem. */
  readonly certPath: string;
  stop(): Promise<void>;
}

const READY_WITHIN_MS = 60_000;

/**
 * Starts a dockerd that shares nothing with the machine's own: data, state, pid file, bridge, and it leaves the firewall alone. It listens with TLS at the gateway of the jobs' network. Needs root, dockerd and openssl.
 */
export async function startSecondDocker(): Promise<SecondDocker> {
  // Short, for the daemon makes sockets below it.
  const folder = await mkdtemp(join(tmpdir(), "fmg-2nd-"));
  const address = await gatewayOfJobs();
  const port = await freePort(address);
  await makeCertificates(folder, address);
  const bridge = await makeBridge();
  const file = (name: string): string => join(folder, name);
  // prettier-ignore
  const args = [
    "--data-root", file("data"), "--exec-root", file("exec"), "--pidfile", file("pid"),
    "--bridge", bridge.name, "--iptables=false", "--host", `tcp://${address}:${port}`,
    "--tlsverify", "--tlscacert", file("ca.pem"), "--tlscert", file("server.pem"), "--tlskey", file("server-key.pem"),
  ];
  const daemon = spawn("dockerd", args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
  });
  const stop = async (): Promise<void> => {
    if (daemon.exitCode === null && daemon.kill()) await once(daemon, "close");
    await bridge.remove();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await ready(daemon);
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: `tcp://${address}:${port}`, certPath: folder, stop };
}

async function ready(daemon: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the second dockerd ${why}: ${said.slice(-2000)}`));
    const timer = setTimeout(() => fail("did not come up"), READY_WITHIN_MS);
    daemon.once("error", () => fail("could not be started"));
    daemon.once("close", () => fail("ended"));
    daemon.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (!said.includes("API listen on")) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A bridge of its own: a daemon that is told to have none removes `docker0`, the bridge of the machine's own daemon. */
async function makeBridge(): Promise<{ readonly name: string; remove(): Promise<void> }> {
  const number = randomInt(1, 255);
  const name = `fmg-2nd-${number}`;
  const busybox = (...args: string[]) => run("/bin/busybox", args);
  await busybox("brctl", "addbr", name);
  await busybox("ip", "addr", "add", `10.213.${number}.1/24`, "dev", name);
  await busybox("ip", "link", "set", name, "up");
  return {
    name,
    async remove() {
      await busybox("ip", "link", "set", name, "down");
      await busybox("brctl", "delbr", name);
    },
  };
}

async function gatewayOfJobs(): Promise<string> {
  const id = await connectDocker().ensureNetwork("fmg-jobs", AbortSignal.timeout(30_000));
  const { IPAM } = await new Docker().getNetwork(id).inspect();
  const gateway = IPAM?.Config?.[0]?.["Gateway"];
  if (gateway === undefined) throw new Error("the network fmg-jobs has no gateway");
  return gateway;
}

async function freePort(address: string): Promise<number> {
  const server = createServer().listen(0, address);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** An authority, a server and a client: ca.pem, server(-key).pem, cert.pem and key.pem. */
async function makeCertificates(folder: string, address: string): Promise<void> {
  const openssl = (...args: string[]) => run("openssl", args, { cwd: folder });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl("req", "-x509", ...newKey, "-subj", "/CN=ca", "-keyout", "ca-key.pem", "-out", "ca.pem");
  const sign = async (name: string, files: { key: string; certificate: string }, extension: string) => {
    await writeFile(join(folder, `${name}.ext`), extension);
    await openssl("req", ...newKey, "-subj", `/CN=${name}`, "-keyout", files.key, "-out", `${name}.csr`);
    // prettier-ignore
    await openssl(
      "x509", "-req", "-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca-key.pem",
      "-CAcreateserial", "-extfile", `${name}.ext`, "-out", files.certificate,
    );
  };
  await sign(
    "server",
    { key: "server-key.pem", certificate: "server.pem" },
    `subjectAltName=IP:${address}\nextendedKeyUsage=serverAuth\n`,
  );
  await sign("client", { key: "key.pem", certificate: "cert.pem" }, "extendedKeyUsage=clientAuth\n");
}
