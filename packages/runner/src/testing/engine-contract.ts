import { describe, expect, test } from "@jest/globals";

import type { ContainerEngine, ContainerSpec, ExecOutput } from "../engine/container-engine.ts";
import { jobNetwork } from "../names.ts";
import { writeTar } from "../tar/write-tar.ts";

/** An engine under test; in its containers `echo` and `cat` must work. */
export interface EngineSubject {
  readonly engine: ContainerEngine;
  /** An image that is there. */
  readonly image: string;
  /** Different for each run of the suite, so that names do not meet. */
  readonly instance: string;
}

/** What every `ContainerEngine` promises, as tests: call it in a test file, once per engine. */
export function engineContract(name: string, subject: () => EngineSubject): void {
  const soon = (): AbortSignal => AbortSignal.timeout(30_000);
  let count = 0;

  /** A container of its own for a test, removed after it. */
  async function withContainer(
    work: (engine: ContainerEngine, spec: ContainerSpec & { readonly volume: string }) => Promise<void>,
  ): Promise<void> {
    const { engine, image, instance } = subject();
    const own = `fmg-${instance}-c${++count}`;
    const labels = { "fmg.instance": instance, "fmg.attempt": String(count) };
    const found = await engine.findImage(image, soon());
    const network = await engine.ensureNetwork(jobNetwork, soon());
    await engine.createVolume(own, labels, soon());
    try {
      await work(engine, {
        name: own,
        labels,
        image: found!.id,
        process: { kind: "keep-alive" },
        environment: [{ name: "SEEN", value: "container" }],
        volume: own,
        network: { kind: "bridge", id: network, ownNames: ["db"] },
        memoryBytes: 128 * 2 ** 20,
        cpus: 1,
        pids: 64,
        privileges: "default",
      });
    } finally {
      await engine.removeContainer(own, soon());
      await engine.removeVolume(own, soon());
    }
  }

  async function output(engine: ContainerEngine, own: string, argv: readonly string[]): Promise<string> {
    return textOf(engine.exec(own, { argv, environment: [] }, soon()));
  }

  describe(`${name}, as a container engine`, () => {
    test("has a capacity", async () => {
      const { id, cpus, memoryBytes } = await subject().engine.capacity(soon());
      expect(id).not.toBe("");
      expect(Math.min(cpus, memoryBytes)).toBeGreaterThan(0);
    });

    test("knows the image that is there, and says of another that it is not", async () => {
      const { engine, image } = subject();
      expect(await engine.findImage(image, soon())).toMatchObject({ id: expect.any(String) });
      expect(await engine.findImage("fmg-test/no-such-image:1", soon())).toBeUndefined();
    });

    test("removes no image that a container has, and one that is not there is as good as removed", () =>
      withContainer(async (engine, spec) => {
        const { image } = subject();
        await engine.createContainer(spec, soon());
        expect(await engine.removeImage(image, soon())).toBe("in-use");
        await engine.startContainer(spec.name, soon());
        expect(await engine.removeImage(image, soon())).toBe("in-use");
        expect(await engine.findImage(image, soon())).toMatchObject({ sizeBytes: expect.any(Number) });
        expect(await engine.removeImage("fmg-test/no-such-image:1", soon())).toBe("removed");
      }));

    test("makes a network once", async () => {
      const { engine } = subject();
      expect(await engine.ensureNetwork(jobNetwork, soon())).toBe(
        await engine.ensureNetwork(jobNetwork, soon()),
      );
    });

    test("takes a container from nothing to running, and each call may be repeated", () =>
      withContainer(async (engine, spec) => {
        expect(await engine.inspectContainer(spec.name, soon())).toBeUndefined();
        expect(await engine.createContainer(spec, soon())).toBe("created");
        expect(await engine.createContainer(spec, soon())).toBe("exists");
        expect(await engine.measureContainer(spec.name, soon())).toBeUndefined();
        expect(await engine.inspectContainer(spec.name, soon())).toEqual({
          state: "created",
          labels: spec.labels,
        });
        const tar = writeTar([{ name: "file", kind: "file", mode: 0o644, content: "x" }]);
        for (let time = 0; time < 2; time++) {
          await engine.putArchive(spec.name, "/fmg", each([tar]), soon());
          await engine.createVolume(spec.volume, spec.labels, soon());
          await engine.startContainer(spec.name, soon());
        }
        expect(await engine.inspectContainer(spec.name, soon())).toMatchObject({ state: "running" });
        expect(await output(engine, spec.name, ["echo", "hello"])).toBe("hello\n");
        const used = await engine.measureContainer(spec.name, soon());
        expect(Math.min(used!.cpuMs, used!.memoryBytes)).toBeGreaterThan(0);
      }));

    test("lets an exec be left before its end", () =>
      withContainer(async (engine, spec) => {
        await engine.createContainer(spec, soon());
        await engine.startContainer(spec.name, soon());
        for await (const _output of engine.exec(spec.name, { argv: ["echo", "a"], environment: [] }, soon()))
          break;
        expect(await output(engine, spec.name, ["echo", "b"])).toBe("b\n");
      }));

    test("gives an exec what it is to read, to its end", () =>
      withContainer(async (engine, spec) => {
        await engine.createContainer(spec, soon());
        await engine.startContainer(spec.name, soon());
        const input = each([Buffer.from("one\n"), Buffer.from("two\n")]);
        const command = { argv: ["cat"], environment: [], input };
        expect(await textOf(engine.exec(spec.name, command, soon()))).toBe("one\ntwo\n");
      }));

    test("refuses an exec in a container that does not run, or is not there", () =>
      withContainer(async (engine, spec) => {
        const refusal = { code: "container_failed" };
        await expect(output(engine, spec.name, ["echo"])).rejects.toMatchObject(refusal);
        await engine.createContainer(spec, soon());
        await expect(output(engine, spec.name, ["echo"])).rejects.toMatchObject(refusal);
      }));

    test("reads what a container's own process wrote, again and again, until that ends", () =>
      withContainer(async (engine, spec) => {
        const process = { kind: "own", entrypoint: ["sh", "-c", "echo said; exec sleep 600"] } as const;
        expect(await textOf(engine.readLog(spec.name, soon()))).toBe("");
        await engine.createContainer({ ...spec, process }, soon());
        await engine.startContainer(spec.name, soon());
        for await (const { bytes } of engine.readLog(spec.name, soon())) {
          expect(Buffer.from(bytes).toString()).toBe("said\n");
          break;
        }
        const whole = textOf(engine.readLog(spec.name, soon()));
        for (let time = 0; time < 2; time++) await engine.killContainer(spec.name, soon());
        expect(await whole).toBe("said\n");
        expect(await engine.inspectContainer(spec.name, soon())).toMatchObject({
          state: "ended",
          exitCode: 137,
        });
        await engine.removeContainer(spec.name, soon());
        await engine.killContainer(spec.name, soon());
      }));

    test("starts a container in the network of another, with no volume", () =>
      withContainer(async (engine, spec) => {
        const { volume: _, ...rest } = spec;
        const guest = `${spec.name}-s1`;
        const network = { kind: "shared", container: spec.name } as const;
        await engine.createContainer(spec, soon());
        await engine.startContainer(spec.name, soon());
        await engine.createContainer({ ...rest, name: guest, network }, soon());
        await engine.startContainer(guest, soon());
        expect(await output(engine, guest, ["echo", "hello"])).toBe("hello\n");
        expect(await engine.inspectContainer(guest, soon())).toEqual({
          state: "running",
          labels: spec.labels,
        });
        await engine.removeContainer(guest, soon());
      }));

    test("does nothing on an aborted signal", () =>
      withContainer(async (engine, spec) => {
        const aborted = AbortSignal.abort();
        await expect(engine.createContainer(spec, aborted)).rejects.toMatchObject({ name: "AbortError" });
        expect(await engine.inspectContainer(spec.name, soon())).toBeUndefined();
      }));

    test("passes on the error of a tar's source", () =>
      withContainer(async (engine, spec) => {
        await engine.createContainer(spec, soon());
        const broken = new Error("the source broke");
        await expect(engine.putArchive(spec.name, "/fmg", failing(broken), soon())).rejects.toBe(broken);
      }));

    test("has nothing to read at a path where nothing is", () =>
      withContainer(async (engine, spec) => {
        await engine.createContainer(spec, soon());
        expect(await engine.getArchive(spec.name, "/no/such/file", soon())).toBeUndefined();
      }));

    test("lists what bears a label until it is removed, and removes twice", () =>
      withContainer(async (engine, spec) => {
        await engine.createContainer(spec, soon());
        const label = `fmg.attempt=${spec.labels["fmg.attempt"]}`;
        const listed = async (): Promise<string[]> =>
          (await engine.listLabelled(label, soon()))
            .filter(({ labels }) => labels["fmg.instance"] === spec.labels["fmg.instance"])
            .map(({ kind, running }) => `${kind} ${running}`)
            .sort();
        expect(await listed()).toEqual(["container false", "volume false"]);
        for (let time = 0; time < 2; time++) {
          await engine.removeContainer(spec.name, soon());
          await engine.removeVolume(spec.volume, soon());
        }
        expect(await listed()).toEqual([]);
      }));
  });
}

async function textOf(output: AsyncIterable<ExecOutput>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of output) chunks.push(bytes);
  return Buffer.concat(chunks).toString();
}

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* failing(error: Error): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(512);
  throw error;
}
