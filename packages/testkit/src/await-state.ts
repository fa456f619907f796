import { setTimeout as sleep } from "node:timers/promises";

export interface AwaitStateInput<T> {
  /** What is waited for, for the message when it does not come: "pipeline 5 to be SUCCESS". */
  readonly what: string;
  readonly read: () => Promise<T>;
  /** "reached", "waiting", or a sentence on why it can no longer be reached, which ends the waiting at once. */
  readonly judge: (state: T) => "reached" | "waiting" | { readonly unreachable: string };
  readonly deadlineMs: number;
  readonly everyMs?: number;
}

/**
 * Reads a state until it is the wanted one, and returns it. For what can only be asked for; where there is an event,
 * wait for the event. Past the deadline it throws with the state that it saw last, or the last error of reading.
 */
export async function awaitState<T>(input: AwaitStateInput<T>): Promise<T> {
  const { what, read, judge, deadlineMs, everyMs = 50 } = input;
  const deadline = performance.now() + deadlineMs;
  let seen = "nothing yet";
  for (;;) {
    try {
      const state = await read();
      seen = typeof state === "string" ? state : JSON.stringify(state, null, 2);
      const verdict = judge(state);
      if (verdict === "reached") return state;
      if (verdict !== "waiting")
        throw new Unreachable(`${what} cannot happen: ${verdict.unreachable}. Seen: ${seen}`);
    } catch (error) {
      if (error instanceof Unreachable) throw error;
      seen = String(error);
    }
    if (performance.now() > deadline)
      throw new Error(`${what} did not happen within ${deadlineMs} ms. Last seen: ${seen}`);
    await sleep(everyMs);
  }
}

class Unreachable extends Error {}
