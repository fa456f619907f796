import { isFinal } from "@fmg/core";
import type { StepRow } from "@fmg/db";

type StepEnd = Pick<StepRow, "index" | "status" | "storedLength">;

/**
 * Which bytes of an attempt's log a reader has. As text: `<step>:<next byte>`, and while lower steps are still open
 * (background steps) theirs as well, lowest first. Steps below the last one that are not listed were sent to their end.
 */
export class Position {
  readonly #sent = new Map<number, number>();
  #last = -1;

  /** `undefined`: from the beginning. */
  constructor(text: string | undefined) {
    for (const [, step, offset] of (text ?? "").matchAll(/(\d+):(\d+)/g)) {
      this.#sent.set(Number(step), Number(offset));
      this.#last = Math.max(this.#last, Number(step));
    }
  }

  /** The next byte that the reader wants of a step. */
  next(step: StepEnd): number {
    return this.#sent.get(step.index) ?? (step.index < this.#last ? step.storedLength : 0);
  }

  advance(step: number, to: number, steps: readonly StepEnd[]): void {
    for (const lower of steps) {
      // Steps between the old last one and the new one that were never listed: nothing of them was sent.
      if (lower.index > this.#last && lower.index < step && !this.#sent.has(lower.index))
        this.#sent.set(lower.index, 0);
    }
    this.#sent.set(step, to);
    this.#last = Math.max(this.#last, step);
    for (const { index, status, storedLength } of steps) {
      const sent = this.#sent.get(index);
      if (index < this.#last && sent !== undefined && isFinal(status) && sent >= storedLength)
        this.#sent.delete(index);
    }
  }

  toString(): string {
    return [...this.#sent]
      .sort(([a], [b]) => a - b)
      .map(([step, offset]) => `${step}:${offset}`)
      .join(",");
  }
}
