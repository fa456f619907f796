import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";

import { describe, expect, jest, test } from "@jest/globals";
import Docker from "dockerode";

import { aJobPlan, aRun } from "../test/plans.ts";
import { useRealDocker } from "../test/real-docker.ts";
import { record } from "../test/recorder.ts";
import { resourceName, serviceName } from "./names.ts";

jest.setTimeout(60_000);

const run = promisify(execFile);
const docker = useRealDocker({ sh: {} });

/** Says of each way out of a container whether it is open; `no` is what is wanted. */
const tryToBreakOut = `set +e
try() { name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name: OPEN"; else echo "$name: no"; fi; }
writes() { echo "$2" >"$1"; }
try mount mount -t tmpfs none /mnt
try remount mount -o remount,rw /proc/sys
try sysrq writes /proc/sysrq-trigger h
try core_pattern writes /proc/sys/kernel/core_pattern x
try hostname hostname other
try raw-socket arping -c 1 -I lo 127.0.0.1
try user-namespace unshare -U true
try mount-namespace unshare -m true
try socket test -e /var/run/docker.sock
try kmsg head -c 1 /dev/kmsg
mknod /tmp/kmsg c 1 11; try made-kmsg head -c 1 /tmp/kmsg
mknod /tmp/disk b 254 0; try made-disk head -c 1 /tmp/disk
try cgroup mkdir /sys/fs/cgroup/own /sys/fs/cgroup/memory/own
try limit writes /sys/fs/cgroup/memory/memory.limit_in_bytes 1
try module modprobe dummy
try reboot reboot -f
while read -r key value; do case $key in CapEff:|CapBnd:|NoNewPrivs:|Seccomp:) echo "$key $value" ;; esac; done </proc/self/status
host=0; for process in /proc/[0-9]*; do case $(cat $process/comm 2>/dev/null) in dockerd|containerd) host=1 ;; esac; done
echo "host processes: $host"; mount | grep -c "/var/run/docker"; :`;

/** CHOWN … AUDIT_WRITE as bits: Docker's defaults less NET_RAW. */
const capabilities = "00000000a80405fb";

// SEC-16
describe("a container of a job", () => {
  test.each([true, false])(
    "has no way out, and neither has a service; both have the job's limits (trusted: %s) (R-DKR-9)",
    async (trusted) => {
      const plan = aJobPlan(docker.image("sh"), [aRun(tryToBreakOut)], {
        services: [{ entrypoint: ["sh", "-c"], command: [`${tryToBreakOut}\necho over; exec sleep 600`] }],
      });
      const recorder = record();
      const input = docker.input(plan, { trusted });

      const { outcome, log } = await docker.run(input, {}, recorder);

      expect(outcome).toEqual({ status: "success" });
      for (const found of [log(1), log(2)]) {
        expect(found).not.toContain("OPEN");
        expect(found.match(/: no$/gm)).toHaveLength(16);
        expect(found).toContain(`CapBnd: ${capabilities}\n`);
        expect(found).toContain(`NoNewPrivs: ${trusted ? 0 : 1}\nSeccomp: 2\n`);
        expect(found).toContain("host processes: 0\n0\n");
      }
      for (const name of [
        resourceName(docker.instance, input.attemptId),
        serviceName(docker.instance, input.attemptId, 1),
      ]) {
        const { HostConfig: host } = await new Docker().getContainer(name).inspect();
        expect(host).toMatchObject({
          Privileged: false,
          CapDrop: ["ALL"],
          Binds: null,
          PidMode: "",
          UTSMode: "",
          UsernsMode: "",
          PidsLimit: input.limits.pids,
          Memory: input.limits.memoryBytes,
          MemorySwap: input.limits.memoryBytes,
          NanoCpus: input.limits.cpus * 1e9,
          LogConfig: { Type: "local" },
        });
        expect(host.IpcMode).not.toBe("host");
        expect((host.Mounts ?? []).map(({ Target }) => Target)).toEqual(name.endsWith("-s1") ? [] : ["/fmg"]);
        expect(host.SecurityOpt ?? []).toEqual(trusted ? [] : ["no-new-privileges"]);
      }
    },
  );
});

// SEC-17
test("a job reaches neither another job, its services, a port of the host's loopback, nor a metadata service", async () => {
  await run("bash", ["-c", ". scripts/setup.sh; guard_metadata"], {
    cwd: new URL("../../..", import.meta.url),
  });
  const local = createServer((socket) => socket.end("reached")).listen(0, "127.0.0.1");
  await once(local, "listening");
  const listening = (port: number) => `while :; do echo reached | nc -l -p ${port}; done`;
  const other = docker.input(
    aJobPlan(
      docker.image("sh"),
      [aRun(`nc -w 1 127.0.0.1 8001; nc -w 1 127.0.0.1 8002; echo up; ${listening(8003)}`)],
      {
        services: [8001, 8002].map((port) => ({
          entrypoint: ["sh", "-c"],
          command: [listening(port)],
          environment: [{ name: "FMG_WAIT_FOR_PORT", value: String(port) }],
        })),
      },
    ),
  );
  const cancel = new AbortController();
  const recorder = record();
  let isUp = (): void => undefined;
  const up = new Promise<void>((resolve) => (isUp = resolve));
  const report: typeof recorder.report = async (event) => {
    await recorder.report(event);
    if (recorder.logs.get(1)?.includes("up\n") === true) isUp();
  };
  const running = docker.run(other, { cancel: cancel.signal }, { ...recorder, report });
  await Promise.race([up, running]);
  try {
    const facts = await new Docker().getContainer(resourceName(docker.instance, other.attemptId)).inspect();
    const { IPAddress, Gateway } = Object.values(facts.NetworkSettings.Networks)[0]!;
    const targets = [
      ...[8001, 8002, 8003].map((port) => `${IPAddress} ${port}`),
      `${Gateway} ${(local.address() as AddressInfo).port}`,
      "169.254.169.254 80",
    ];
    const before = await rejected();
    const scan = targets.map((target) => `nc -w 2 ${target} </dev/null 2>&1 || echo none`).join("\n");

    const { outcome, log } = await docker.run(docker.input(aJobPlan(docker.image("sh"), [aRun(scan)])));

    expect(recorder.logs.get(1)?.toString()).toBe("reached\nreached\nup\n");
    expect(outcome).toEqual({ status: "success" });
    expect(log(1)).not.toContain("reached");
    expect(log(1).match(/^none$/gm)).toHaveLength(targets.length);
    expect(await rejected()).toBeGreaterThan(before);
  } finally {
    cancel.abort();
    await running;
    local.close();
  }
});

/** Packets to link-local addresses that the firewall has turned away from the jobs' network. */
async function rejected(): Promise<number> {
  const { stdout } = await run("iptables", ["-w", "-n", "-v", "-x", "-L", "DOCKER-USER"]);
  const rules = stdout.split("\n").filter((line) => /REJECT.* 169\.254\.0\.0\/16/.test(line));
  return rules.reduce((sum, line) => sum + Number(line.trim().split(/\s+/)[0]), 0);
}
