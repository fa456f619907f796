import type { JobControl } from "@fmg/runner";

/** What the keyboard and the system say to a run: the first time it ends in order, the second time at once. */
export interface Interrupts {
  readonly control: JobControl;
  /** The signal's exit code; undefined: none came. */
  exitCode(): number | undefined;
  /** As if Ctrl-C had been pressed. */
  interrupt(): void;
  close(): void;
}

const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export function listenForInterrupts(told: (times: number) => void): Interrupts {
  const cancel = new AbortController();
  const handOver = new AbortController();
  let times = 0;
  let code: number | undefined;

  function interrupt(ending: number): void {
    times++;
    code ??= ending;
    told(times);
    if (times === 1) cancel.abort();
    else if (times === 2) handOver.abort();
    // What is left then is removed by the next run.
    else process.exit(code);
  }

  const listeners = Object.entries(signals).map(([signal, ending]) => {
    const listener = (): void => interrupt(ending);
    process.on(signal, listener);
    return () => void process.off(signal, listener);
  });
  return {
    control: { cancel: cancel.signal, handOver: handOver.signal },
    exitCode: () => code,
    interrupt: () => interrupt(signals.SIGINT),
    close() {
      for (const remove of listeners) remove();
    },
  };
}
