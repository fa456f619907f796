import type { RequiredStatus } from "@fmg/core";
import { asString, isNull, isUnknown, scalarText, type MapNode, type Node } from "../1-read/nodes.ts";
import { report, type ReportContext } from "../diagnostic.ts";
import { didYouMean } from "../did-you-mean.ts";
import type { Edge, JobNode, WantedJob } from "./job-node.ts";

const allStatuses: readonly RequiredStatus[] = ["success", "failed", "canceled", "unauthorized", "not_run"];

/** The rendered `requires` of an invocation; one name twice joins its statuses. (R-REQ-1, R-REQ-2, R-REQ-7) */
export function readRequires(
  context: ReportContext,
  node: Node | undefined,
  upstream: MapNode | undefined,
): WantedJob[] {
  if (node === undefined || isNull(node) || isUnknown(node)) return [];
  if (node.kind === "scalar") {
    report(context, "requires-not-a-list", node, "`requires` should be a list", {
      hint: `Write \`[${node.text}]\`.`,
    });
  }
  const wanted = new Map<string, WantedJob>();
  for (const item of node.kind === "list" ? node.items : [node]) {
    for (const entry of readEntry(item, upstream)) {
      const before = wanted.get(entry.name);
      const statuses = before === undefined ? entry.statuses : joined(before.statuses, entry.statuses);
      wanted.set(entry.name, { ...entry, statuses });
    }
  }
  return [...wanted.values()];
}

function joined(a: readonly RequiredStatus[], b: readonly RequiredStatus[]): RequiredStatus[] {
  return allStatuses.filter((status) => a.includes(status) || b.includes(status));
}

function readEntry(item: Node, upstream: MapNode | undefined): WantedJob[] {
  if (item.kind === "scalar") {
    if (isUnknown(item)) return [];
    const name = scalarText(item);
    const compiled = upstream?.entries.get(name)?.value;
    return [{ name, statuses: compiled === undefined ? ["success"] : statusesOf(compiled), place: item }];
  }
  if (item.kind === "list") return [];
  return [...item.entries].map(([name, entry]) => ({
    name,
    statuses: statusesOf(entry.value),
    place: entry.key,
  }));
}

function statusesOf(node: Node): RequiredStatus[] {
  const words = (node.kind === "list" ? node.items : [node]).map((item) => asString(item));
  if (words.includes("terminal")) return [...allStatuses];
  return allStatuses.filter((status) => words.includes(status));
}

/** Turns names into edges; what a name may mean stands in R-REQ-3. */
export function resolveRequires(
  context: ReportContext,
  jobs: readonly JobNode[],
  names: NameTable,
  where: string,
): void {
  for (const job of jobs) {
    job.requires = job.wanted.flatMap((wanted) => resolveOne(context, job, wanted, names, where));
  }
}

export interface NameTable {
  /** All jobs that bear a final name, a base name or an alias. */
  readonly byName: ReadonlyMap<string, readonly JobNode[]>;
  /** Names under which one entry of `requires` means all jobs. */
  readonly aliases: ReadonlySet<string>;
  /** Aliases of matrices from which no job came. */
  readonly empty: ReadonlySet<string>;
  /** Members of job groups: they cannot be required from outside. (R-JG-1) */
  readonly members: ReadonlyMap<string, string>;
}

function resolveOne(
  context: ReportContext,
  job: JobNode,
  wanted: WantedJob,
  names: NameTable,
  where: string,
): Edge[] {
  const { name, statuses, place } = wanted;
  const bearers = names.byName.get(name) ?? [];
  if (bearers.length === 0 && names.empty.has(name)) return [{ target: undefined, statuses, place }];
  if (bearers.length === 0) {
    reportMissing(context, job, wanted, names, where);
    return [];
  }
  if (names.aliases.has(name)) return bearers.map((target) => ({ target, statuses, place }));
  // The requiring job does not count: of two jobs `a`, the second may require the first. (R-NAME-4)
  const others = bearers.filter((bearer) => bearer !== job);
  if (others.length > 1) {
    const message = `Job '${job.name}' requires '${name}', which is the name of ${others.length} other jobs in ${where}`;
    report(context, "ambiguous-requirement", place, message, {
      hint: "Give each of them a `name` of its own.",
    });
    return [];
  }
  return [{ target: others[0] ?? job, statuses, place }];
}

function reportMissing(
  context: ReportContext,
  job: JobNode,
  wanted: WantedJob,
  names: NameTable,
  where: string,
): void {
  const group = names.members.get(wanted.name);
  if (group !== undefined) {
    const message = `Job '${job.name}' requires '${wanted.name}', which is a member of the job group '${group}'`;
    report(context, "unknown-requirement", wanted.place, message, {
      rule: "R-JG-1",
      hint: `Require the group itself: \`${group}\`.`,
    });
    return;
  }
  const message = `Job '${job.name}' requires '${wanted.name}', which is not a job in this ${where.slice(0, where.indexOf(" '"))}`;
  report(context, "unknown-requirement", wanted.place, message, {
    hint: didYouMean(wanted.name, names.byName.keys()) ?? hintOfMatrix(wanted.name, names),
  });
}

/** With an alias a matrix is not addressed by its job's key any more. (R-MTX-11) */
function hintOfMatrix(name: string, names: NameTable): string | undefined {
  for (const alias of names.aliases) {
    const [job] = names.byName.get(alias) ?? [];
    if (job?.key === name) return `The matrix of \`${name}\` goes by its alias: \`${alias}\`.`;
  }
  return undefined;
}
