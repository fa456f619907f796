import type { Diagnostic, Pipeline } from "@fmg/client";

import { plain, type Ui } from "./ui.ts";

/** `#5 [octo/repo @ a1b2c3d on main] status: SUCCESS (started … finished …)`: the same in a pipe and on a terminal. */
export function pipelineLine(pipeline: Pipeline, ui: Pick<Ui, "status">): string {
  const { id, repo, sha, branch, tag, status, createdAt, finishedAt } = pipeline;
  const where = plain(`${repo.owner}/${repo.name} @ ${sha.slice(0, 7)} on ${branch ?? tag ?? "?"}`);
  const finished = finishedAt === null ? "" : ` finished ${toSecond(finishedAt)}`;
  return `#${id} [${where}] status: ${ui.status(status)} (started ${toSecond(createdAt)}${finished})`;
}

/** The same as fields: number, repository, commit, branch or tag, status, start and end. */
export function pipelineFields(pipeline: Pipeline): string[] {
  const { id, repo, sha, branch, tag, status, createdAt, finishedAt } = pipeline;
  const end = finishedAt === null ? "" : toSecond(finishedAt);
  const where = [plain(`${repo.owner}/${repo.name}`), sha, plain(branch ?? tag ?? "")];
  return [String(id), ...where, status, toSecond(createdAt), end];
}

/** ISO 8601 in UTC, to the second. */
export function toSecond(time: string): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`;
}

/** A config's error or warning with its place, the line of the source, a caret under it, and the hint. */
export function diagnosticLines(diagnostic: Diagnostic): string[] {
  const { code, severity, message, hint, range, sourceLine, chain } = diagnostic;
  const lines = [`${place(range)}  ${severity}  ${code}  ${plain(message)}`];
  if (sourceLine !== undefined) lines.push(...excerpt(range, sourceLine, hint));
  else if (hint !== undefined) lines.push(`  ${plain(hint)}`);
  for (const link of chain ?? []) lines.push(`  in ${plain(link.message)} (${place(link.range)})`);
  return lines;
}

type Range = Diagnostic["range"];

function excerpt(range: Range, sourceLine: string, hint: string | undefined): string[] {
  const number = String(range.start.line).padStart(5);
  const ends = range.end.line === range.start.line ? range.end.column : sourceLine.length + 1;
  const carets = "^".repeat(Math.max(1, Math.min(ends, sourceLine.length + 1) - range.start.column));
  const margin = `${" ".repeat(number.length)} | ${" ".repeat(range.start.column - 1)}`;
  return [
    `${number} | ${plain(sourceLine)}`,
    `${margin}${carets}${hint === undefined ? "" : ` ${plain(hint)}`}`,
  ];
}

function place(range: Range): string {
  return `${plain(range.file)}:${range.start.line}:${range.start.column}`;
}

/** `812 B`, `3.4 KB`, `12.3 MB`, `1.2 GB`; a KB is 1,000 bytes. */
export function bytesText(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** `12 ms`, `1.2 s`, `3m40s`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
