import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { promisify } from "node:util";

import Docker from "dockerode";

import { writeTar, type TarEntry } from "../src/tar/write-tar.ts";

const run = promisify(execFile);

/** What an image made for a test has. `dash` has no pipefail and stands for Debian's sh. */
export interface TestImageOptions {
  readonly bash?: boolean;
  /** True: nothing but `/app/busybox`. */
  readonly bare?: boolean;
  readonly user?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  /** Of /tmp, the only place that every user may write to. */
  readonly tmpMode?: number;
  /** Further Dockerfile instructions that an import takes: HEALTHCHECK, VOLUME… */
  readonly changes?: readonly string[];
  /** Further files. */
  readonly files?: () => Promise<readonly TarEntry[]>;
}

/**
 * Makes a small local image out of Debian's busybox-static (and bash-static), since tests may not pull. Returns its name; remove
 * it with `removeTestImage`.
 */
export async function makeTestImage(name: string, options: TestImageOptions = {}): Promise<string> {
  const busybox = await readFile("/bin/busybox");
  const { stdout } = await run("/bin/busybox", ["--list"]);
  const applets = stdout.split("\n").filter((applet) => applet !== "" && applet !== "busybox");
  const entries: TarEntry[] = [
    ...(options.bare === true ? bareEntries(busybox) : shellEntries(busybox, applets)),
    ...(options.bash === true
      ? [
          {
            name: "bin/bash",
            kind: "file",
            mode: 0o755,
            content: await readFile("/bin/bash-static"),
          } as const,
        ]
      : []),
    { name: "etc", kind: "directory", mode: 0o755 },
    {
      name: "etc/passwd",
      kind: "file",
      mode: 0o644,
      content: "root:x:0:0:root:/root:/bin/sh\nbuilder:x:1000:1000:builder:/home/builder:/bin/sh\n",
    },
    { name: "etc/group", kind: "file", mode: 0o644, content: "root:x:0:\nbuilder:x:1000:\n" },
    { name: "home", kind: "directory", mode: 0o755 },
    { name: "home/builder", kind: "directory", mode: 0o755, uid: 1000, gid: 1000 },
    { name: "root", kind: "directory", mode: 0o700 },
    { name: "tmp", kind: "directory", mode: options.tmpMode ?? 0o1777 },
    ...((await options.files?.()) ?? []),
  ];
  const changes = [
    "ENV PATH=/usr/local/bin:/usr/bin:/bin",
    ...(options.user === undefined ? [] : [`USER ${options.user}`]),
    ...Object.entries(options.labels ?? {}).map(([key, value]) => `LABEL ${key}=${value}`),
    ...(options.command === undefined ? [] : [`CMD ${JSON.stringify(options.command)}`]),
    ...(options.changes ?? []),
  ];
  const answer = await new Docker().importImage(Readable.from([writeTar(entries)]), {
    repo: `fmg-test/${name}`,
    tag: "local",
    changes,
  });
  // The import is done when the answer has been read.
  for await (const _line of answer) continue;
  return `fmg-test/${name}:local`;
}

function shellEntries(busybox: Buffer, applets: readonly string[]): TarEntry[] {
  const links = applets.map((applet): TarEntry => {
    return { name: `bin/${applet}`, kind: "symlink", mode: 0o777, content: "busybox" };
  });
  return [
    { name: "bin", kind: "directory", mode: 0o755 },
    { name: "bin/busybox", kind: "file", mode: 0o755, content: busybox },
    ...links,
  ];
}

function bareEntries(busybox: Buffer): TarEntry[] {
  return [
    { name: "app", kind: "directory", mode: 0o755 },
    { name: "app/busybox", kind: "file", mode: 0o755, content: busybox },
  ];
}

export async function removeTestImage(image: string): Promise<void> {
  await new Docker().getImage(image).remove({ force: true });
}
