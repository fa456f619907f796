import { FmgError } from "@fmg/core";

/** What the operator says about the order of jobs. No config of a repository has a word in it. */
export interface QueueRules {
  /** How much of the host a project gets beside the others. */
  readonly shareOf: (repository: string) => number;
  /** Higher ones go first. */
  readonly priorityOf: (repository: string, ref: string) => number;
}

const SHARES = "FMG_PROJECT_SHARES";
const PRIORITIES = "FMG_PRIORITIES";

/**
 * Reads `owner/name=2,owner/*=0.5` and `owner/name@release-*=10,*@main=5`. `*` stands for any text; the first entry that
 * fits counts; what fits none has a share of 1 and a priority of 0.
 */
export function readQueueRules(shares: string | undefined, priorities: string | undefined): QueueRules {
  const share = readEntries(SHARES, shares, /^(?:\d+(?:\.\d+)?)$/, "a number above 0");
  const priority = readEntries(PRIORITIES, priorities, /^-?\d{1,6}$/, "a whole number");
  if (share.some(({ value }) => value <= 0)) throw invalid(SHARES, shares ?? "", "a number above 0");
  return {
    shareOf: (repository) => firstFitting(share, repository, "") ?? 1,
    priorityOf: (repository, ref) => firstFitting(priority, repository, ref) ?? 0,
  };
}

interface Entry {
  readonly repository: RegExp;
  readonly ref: RegExp;
  readonly value: number;
}

function readEntries(name: string, text: string | undefined, number: RegExp, kind: string): Entry[] {
  const entries = (text ?? "").split(",").filter((entry) => entry.trim() !== "");
  return entries.map((entry) => {
    const [, pattern = "", value = ""] = /^\s*([^=]+)=\s*(\S+)\s*$/.exec(entry) ?? [];
    const [repository = "", ref = "*"] = pattern.split(/@(.*)/s);
    if (repository === "" || !number.test(value)) throw invalid(name, entry, kind);
    return { repository: wildcard(repository), ref: wildcard(ref), value: Number(value) };
  });
}

/** GitHub compares names without regard to case; in refs it counts, but nobody tells two of them apart by it. */
function wildcard(pattern: string): RegExp {
  const escaped = pattern
    .trim()
    .split("*")
    .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${escaped.join(".*")}$`, "is");
}

function firstFitting(entries: readonly Entry[], repository: string, ref: string): number | undefined {
  return entries.find((entry) => entry.repository.test(repository) && entry.ref.test(ref))?.value;
}

function invalid(name: string, entry: string, kind: string): FmgError {
  return new FmgError(
    "settings_invalid",
    `${name} is "${entry}", but must be owner/name=VALUE, set apart by commas, where VALUE is ${kind}`,
  );
}
