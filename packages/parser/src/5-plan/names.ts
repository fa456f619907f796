import { report, type ReportContext } from "../diagnostic.ts";
import type { JobNode } from "./job-node.ts";
import type { NameTable } from "./requirements.ts";

/** Gives every job its final name: equal base names become `x-1`, `x-2` in the order of the document. (R-NAME-2) */
export function settleNames(context: ReportContext, jobs: readonly JobNode[]): void {
  const byBase = new Map<string, JobNode[]>();
  for (const job of jobs) {
    const bearers = byBase.get(job.baseName);
    if (bearers === undefined) byBase.set(job.baseName, [job]);
    else bearers.push(job);
  }
  const taken = new Set([...byBase].flatMap(([name, bearers]) => (bearers.length === 1 ? [name] : [])));
  for (const [base, bearers] of byBase) {
    if (bearers.length === 1) continue;
    const groups = bearers.filter((bearer) => bearer.kind === "group");
    if (groups.length > 0) {
      const message = `the name \`${base}\` of a job group stands ${bearers.length} times in the workflow`;
      report(context, "group-name-twice", groups.at(-1)!.place, message, {
        hint: "Give it a `name` of its own.",
      });
    }
    let next = 1;
    for (const job of bearers) {
      while (taken.has(`${base}-${next}`)) next += 1;
      job.name = `${base}-${next}`;
      taken.add(job.name);
      next += 1;
    }
  }
}

/** What names may stand for in `requires`. (R-REQ-3) */
export function nameTable(jobs: readonly JobNode[], empty: ReadonlySet<string>): NameTable {
  const byName = new Map<string, JobNode[]>();
  const aliases = new Set<string>();
  const add = (name: string, job: JobNode) => {
    const bearers = byName.get(name);
    if (bearers === undefined) byName.set(name, [job]);
    else if (!bearers.includes(job)) bearers.push(job);
  };
  for (const job of jobs) {
    add(job.name, job);
    add(job.baseName, job);
  }
  for (const job of jobs) {
    if (job.alias === undefined) continue;
    // An alias means all its jobs, unless another job bears it as its name.
    if (!byName.has(job.alias)) aliases.add(job.alias);
    if (aliases.has(job.alias)) add(job.alias, job);
  }
  const members = new Map<string, string>();
  for (const job of jobs) for (const member of job.members) members.set(member.baseName, job.name);
  return { byName, aliases, empty, members };
}
