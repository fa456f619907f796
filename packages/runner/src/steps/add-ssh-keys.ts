import { text as readText } from "node:stream/consumers";

import type { AddSshKeysStepPlan } from "@fmg/core";

import { entriesOf } from "../archive/repack-tars.ts";
import type { Attempt } from "../attempt.ts";
import { persistently } from "../persistently.ts";
import { findSshKey, readSshKeys, type SshKey } from "../ssh/ssh-keys.ts";
import { writeTar, type TarEntry } from "../tar/write-tar.ts";
import { StepRefused, type OwnStep, type OwnStepContext, type StepPlace } from "./own-step.ts";

/** A hand-written `~/.ssh/config` is a page. */
const largestConfigBytes = 256 * 1024;

/**
 * Installs keys of the job's secrets for its user: a file each, of mode 0600, and a `Host` in ssh's config that names it. They go
 * through the daemon's archive call into the container alone, never through a command line or a variable, and end with it.
 * (R-SSH-1)
 */
export function addSshKeys(step: AddSshKeysStepPlan): OwnStep {
  return {
    probe: {
      script: `mkdir -p ~/.ssh && cd ~/.ssh || exit
echo "path $(pwd -P)"`,
      args: [],
      program: ["enter", "~/.ssh"],
    },
    async carryOut(context) {
      const keys = await chooseKeys(context, step.fingerprints);
      if (keys.length === 0) return;
      const { attempt, place, signal, say } = context;
      const folder = sshFolder(place);
      const config = withKeys(await readConfig(attempt, folder, signal), folder, keys);
      const { uid, gid } = place;
      const file = (name: string, content: string): TarEntry => ({
        name,
        kind: "file",
        mode: 0o600,
        uid,
        gid,
        content,
      });
      const files = keys.map((key) => file(fileName(key), key.text.reveal()));
      const tar = writeTar([...files, file("config", config)]);
      await persistently(signal, () => attempt.engine.putArchive(attempt.name, folder, once(tar), signal));
      for (const key of keys) {
        const { host = "any host" } = key;
        await say(`Key ${key.sha256} (MD5:${key.md5}) for ${host}: ${folder}/${fileName(key)}`);
      }
    },
  };
}

async function chooseKeys(
  { attempt: { input }, say }: OwnStepContext,
  fingerprints: readonly string[],
): Promise<readonly SshKey[]> {
  if (!input.trusted) {
    const message = "This job gets no SSH keys: only those of the repository's own branches do.";
    throw new StepRefused(message, { status: "failure", reason: "unauthorized" });
  }
  const { keys, faults } = readSshKeys(input.secrets);
  for (const fault of faults) await say(fault);
  if (fingerprints.length === 0) {
    if (keys.length === 0) await say("There are no SSH keys for this job: this step does nothing.");
    return keys;
  }
  const chosen = new Set<SshKey>();
  for (const fingerprint of fingerprints) {
    const key = findSshKey(keys, fingerprint);
    if (key === undefined) throw new StepRefused(unknownKey(fingerprint, keys));
    chosen.add(key);
  }
  return [...chosen];
}

function unknownKey(fingerprint: string, keys: readonly SshKey[]): string {
  const there = keys.map(({ sha256, md5 }) => `${sha256} (MD5:${md5})`).join(", ") || "none";
  return `There is no SSH key with the fingerprint ${fingerprint} for this job. There is: ${there}. A key is a secret named FMG_SSH_KEY_ and a word of its own.`;
}

function sshFolder({ answer, faults }: StepPlace): string {
  const path = answer.find((line) => line.startsWith("path "))?.slice(5);
  if (path !== undefined) return path;
  throw new StepRefused(`The folder ~/.ssh could not be made: ${faults}`);
}

function fileName({ md5 }: SshKey): string {
  return `id_rsa_${md5.replaceAll(":", "")}`;
}

/** What the image, or a step, wrote there; empty where nothing is. */
async function readConfig({ engine, name }: Attempt, folder: string, signal: AbortSignal): Promise<string> {
  const tar = await persistently(signal, () => engine.getArchive(name, `${folder}/config`, signal));
  if (tar === undefined) return "";
  for await (const entry of entriesOf(tar)) {
    const { type, size } = entry.header;
    if (type !== "file" || size > largestConfigBytes) break;
    return readText(entry);
  }
  throw new StepRefused(`${folder}/config is no plain file of at most ${largestConfigBytes} bytes.`);
}

/** What is there stays; ours adds to it at the end, for ssh tries the keys of all blocks that match. Safe to repeat. */
function withKeys(config: string, folder: string, keys: readonly SshKey[]): string {
  const blocks = keys.map((key) => {
    const path = `${folder}/${fileName(key)}`;
    return `Host ${key.host ?? "*"}\n  IdentitiesOnly no\n  IdentityFile "${path}"\n`;
  });
  const before = config === "" || config.endsWith("\n") ? config : `${config}\n`;
  return before + blocks.filter((block) => !before.includes(block)).join("");
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
