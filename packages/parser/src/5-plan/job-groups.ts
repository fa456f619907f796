import type { RequiredStatus } from "@fmg/core";
import type { Env } from "../4-expand/env.ts";
import { report } from "../diagnostic.ts";
import type { Edge, JobKind, JobNode } from "./job-node.ts";

const allStatuses: readonly RequiredStatus[] = ["success", "failed", "canceled", "unauthorized", "not_run"];

/**
 * Replaces every job group of a workflow by its jobs:
 *
 *     requires of the group → start (or lock) → members → end → unlock (with a serial group)
 *
 * What required the group then requires its end. (R-JG-3)
 */
export function flattenGroups(jobs: readonly JobNode[]): JobNode[] {
  const ends = new Map<JobNode, JobNode>();
  const flat = jobs.flatMap((job) => {
    if (job.kind !== "group") return [job];
    const parts = jobsOfGroup(job, memberNames(job, jobs));
    ends.set(job, parts.end);
    return parts.all;
  });
  for (const job of flat) {
    job.requires = job.requires.map((edge) => {
      const end = edge.target === undefined ? undefined : ends.get(edge.target);
      return end === undefined ? edge : { ...edge, target: end };
    });
  }
  return flat;
}

/** Members keep their names if the workflow has no others of those; else the group's name leads. (R-JG-4) */
function memberNames(group: JobNode, jobs: readonly JobNode[]): (member: JobNode) => string {
  const others = new Set(
    jobs.flatMap((job) => (job === group ? [] : [job.name, ...job.members.map((member) => member.name)])),
  );
  const renamed = group.name !== group.key;
  const clash = group.members.some((member) => others.has(member.name));
  return (member) => (renamed || clash ? `${group.name}-${member.name}` : member.name);
}

function jobsOfGroup(group: JobNode, nameOf: (member: JobNode) => string): { all: JobNode[]; end: JobNode } {
  const { serialGroup } = group;
  const start = controlJob(group, `${group.name}-group-start`, serialGroup === undefined ? "no-op" : "lock");
  const end = controlJob(group, `${group.name}-group-end`, "no-op");
  start.requires = group.requires;
  start.leftOut = group.leftOut;
  const required = new Set(group.members.flatMap((member) => member.requires.map((edge) => edge.target)));
  for (const member of group.members) {
    member.name = nameOf(member);
    if (member.requires.length === 0) member.requires = [edgeTo(start, ["success"])];
  }
  const leaves = group.members.filter((member) => !required.has(member));
  end.requires = leaves.map((leaf) => edgeTo(leaf, ["success"]));
  const all = [start, ...group.members, end];
  if (serialGroup === undefined) return { all, end };
  const unlock = controlJob(group, `${group.name}-unlock`, "unlock");
  unlock.requires = [edgeTo(end, allStatuses)];
  return { all: [...all, unlock], end };
}

function edgeTo(target: JobNode, statuses: readonly RequiredStatus[]): Edge {
  return { target, statuses, place: target.place };
}

function controlJob(group: JobNode, name: string, kind: JobKind): JobNode {
  return {
    kind,
    key: group.key,
    name,
    baseName: name,
    alias: undefined,
    place: group.place,
    env: group.env,
    invocation: undefined,
    job: undefined,
    contexts: [],
    serialGroup: undefined,
    lockKey: kind === "lock" || kind === "unlock" ? group.serialGroup : undefined,
    filters: undefined,
    wanted: [],
    requires: [],
    leftOut: undefined,
    members: [],
  };
}

const allowedKeys = new Set(["name", "requires", "filters", "serial-group", "upstream"]);

/** A group is invoked with few keys; its members take no arguments from there. (R-JG-2) */
export function checkGroupInvocation(
  env: Env,
  job: string,
  keys: Iterable<[string, JobNode["place"]]>,
): void {
  for (const [key, place] of keys) {
    if (allowedKeys.has(key)) continue;
    const message = `the job group \`${job}\` is invoked with \`${key}\`; only name, requires, filters and serial-group are possible`;
    report(env, "group-shape", place, message, { rule: "R-JG-2" });
  }
}
