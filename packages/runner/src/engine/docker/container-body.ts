import type { ContainerSpec } from "../container-engine.ts";

/** Where the attempt's volume is mounted. */
const volumeTarget = "/fmg";

/** Docker's defaults less NET_RAW: sudo and package managers work, raw sockets do not. */
const capabilities = [
  "CHOWN",
  "DAC_OVERRIDE",
  "FOWNER",
  "FSETID",
  "KILL",
  "MKNOD",
  "NET_BIND_SERVICE",
  "SETFCAP",
  "SETGID",
  "SETPCAP",
  "SETUID",
  "SYS_CHROOT",
  "AUDIT_WRITE",
];

/** Our own process 1 survives `kill -9 -1`, reaps orphans, and stops at once. (step-rows, pitfalls) */
const keepAlive = ["sh", "-c", "trap exit TERM; while :; do sleep 3600 & wait $!; done"];

/**
 * The body of `POST /containers/create`, written out field by field: nothing of a config or a caller is ever spread into it,
 * so no config can ask for privileges, host paths or the host's namespaces. (SEC-16)
 */
export function containerBody(spec: ContainerSpec): object {
  return {
    Image: spec.image,
    ...processOf(spec),
    ...(spec.user === undefined ? {} : { User: spec.user }),
    Tty: false,
    OpenStdin: false,
    Env: spec.environment.map(({ name, value }) => `${name}=${value}`),
    Labels: { ...spec.labels },
    HostConfig: {
      Mounts: [{ Type: "volume", Source: spec.volume, Target: volumeTarget }],
      NetworkMode: spec.network,
      Privileged: false,
      Init: false,
      // After a crash the container is the evidence.
      AutoRemove: false,
      RestartPolicy: { Name: "no" },
      CapDrop: ["ALL"],
      CapAdd: capabilities,
      SecurityOpt: spec.privileges === "no-new-privileges" ? ["no-new-privileges"] : [],
      PidsLimit: spec.pids,
      Memory: spec.memoryBytes,
      // The same as Memory: no swap.
      MemorySwap: spec.memoryBytes,
      NanoCpus: Math.round(spec.cpus * 1e9),
      // The quota says how much, these say where; by them alone `nproc` tells the job what it has. (R-RC-4)
      ...(spec.cpuset === undefined ? {} : { CpusetCpus: spec.cpuset }),
      // One small file; the driver refuses to compress what it does not rotate.
      LogConfig: { Type: "local", Config: { "max-size": "1m", "max-file": "1", compress: "false" } },
      OomScoreAdj: 500,
    },
  };
}

function processOf({ process }: ContainerSpec): object {
  switch (process.kind) {
    case "keep-alive":
      return { Entrypoint: keepAlive, Cmd: [], WorkingDir: "/" };
    case "own":
      return {
        ...(process.entrypoint === undefined ? {} : { Entrypoint: process.entrypoint }),
        ...(process.command === undefined ? {} : { Cmd: process.command }),
      };
  }
}
