import { rangeOf } from "../1-read/source-file.ts";
import { report, type ReportContext } from "../diagnostic.ts";
import type { JobNode } from "./job-node.ts";

/** Reports every cycle of `requires`, before filters take jobs away. (R-REQ-8) */
export function reportCycles(context: ReportContext, jobs: readonly JobNode[]): boolean {
  const state = new Map<JobNode, "open" | "done">();
  let found = false;
  for (const start of jobs) {
    if (state.has(start)) continue;
    // An explicit stack: a thousand jobs in a row must not exhaust the other one.
    const stack: { job: JobNode; next: number }[] = [{ job: start, next: 0 }];
    state.set(start, "open");
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const edge = top.job.requires[top.next++];
      if (edge === undefined) {
        state.set(top.job, "done");
        stack.pop();
      } else if (edge.target !== undefined && state.get(edge.target) === "open") {
        const names = stack
          .slice(stack.findIndex((entry) => entry.job === edge.target))
          .map((e) => e.job.name);
        const message = `The job \`${edge.target.name}\` is part of a cycle: ${[...names, names[0]].join(" requires ")}`;
        report(context, "requirement-cycle", edge.place, message);
        found = true;
      } else if (edge.target !== undefined && !state.has(edge.target)) {
        state.set(edge.target, "open");
        stack.push({ job: edge.target, next: 0 });
      }
    }
  }
  return found;
}

/** Leaves out the jobs whose requirements are all left out, and the jobs behind them. (R-REQ-5) */
export function leaveOutDependants(jobs: readonly JobNode[]): void {
  const dependants = new Map<JobNode, JobNode[]>();
  for (const job of jobs) {
    for (const { target } of job.requires) {
      if (target !== undefined) dependants.set(target, [...(dependants.get(target) ?? []), job]);
    }
  }
  const queue = jobs.filter((job) => job.leftOut !== undefined);
  const visit = (job: JobNode) => {
    if (job.leftOut !== undefined || job.requires.length === 0) return;
    if (!job.requires.every((edge) => edge.target === undefined || edge.target.leftOut !== undefined)) return;
    job.leftOut = leftOutBehind(job);
    queue.push(job);
  };
  for (const job of jobs) visit(job);
  for (let at = 0; at < queue.length; at++) for (const job of dependants.get(queue[at]!) ?? []) visit(job);
}

function leftOutBehind(job: JobNode): NonNullable<JobNode["leftOut"]> {
  const first = job.requires.find((edge) => edge.target?.leftOut !== undefined);
  const names = job.requires.flatMap((edge) => (edge.target === undefined ? [] : [`"${edge.target.name}"`]));
  const cause = first?.target?.leftOut?.message;
  const all =
    names.length === 0
      ? "its matrix requirement has no jobs"
      : `all jobs that it requires (${names.join(", ")}) are left out`;
  return {
    reason: "filtered_out",
    message: cause === undefined ? all : `${all}: ${cause}`,
    rule: "R-REQ-5",
    range: rangeOf(first?.place ?? job.requires[0]!.place),
  };
}
