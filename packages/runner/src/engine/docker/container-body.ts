import type { ContainerSpec, NetworkSpec } from "../container-engine.ts";

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
      Mounts:
        spec.volume === undefined ? [] : [{ Type: "volume", Source: spec.volume, Target: volumeTarget }],
      ...networkOf(spec.network),
      Privileged: false,
      // A service's own process need not know how to be process 1; ours does.
      Init: spec.network.kind === "shared",
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
      LogConfig: { Type: "local", Config: logOptions(spec.network) },
      OomScoreAdj: 500,
    },
  };
}

function networkOf(network: NetworkSpec): object {
  switch (network.kind) {
    case "bridge":
      return {
        NetworkMode: network.id,
        ExtraHosts: network.ownNames.map((name) => `${name}:127.0.0.1`),
      };
    case "shared":
      return { NetworkMode: `container:${network.container}` };
  }
}

/**
 * A job's container writes its steps' output elsewhere: one small file (the driver refuses to compress what it does not rotate).
 * What a service writes is read from here, by a successor from its beginning again: as much as is kept of a step's output.
 */
function logOptions({ kind }: NetworkSpec): object {
  return kind === "shared"
    ? { "max-size": "100m", "max-file": "2", compress: "false" }
    : { "max-size": "1m", "max-file": "1", compress: "false" };
}

function processOf({ process }: ContainerSpec): object {
  switch (process.kind) {
    case "keep-alive":
      return {
        Entrypoint: process.program === undefined ? keepAlive : [process.program, "init"],
        Cmd: [],
        WorkingDir: "/",
      };
    case "own":
      return {
        ...(process.entrypoint === undefined ? {} : { Entrypoint: process.entrypoint }),
        ...(process.command === undefined ? {} : { Cmd: process.command }),
      };
  }
}
