import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import type { ColorSettings } from "./settings.ts";

/** What `--format` makes of one item of a list. */
export type Template = (item: object) => string;

/** Where a command writes: stdout is data, stderr is everything else. */
export interface Ui {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Fields separated by tabs, uncut and uncoloured. */
  readonly plain: boolean;
  /** What `--format` makes of each thing of a list. */
  readonly template: Template | undefined;
  /** The columns of the terminal behind stdout; undefined: there is none, and nothing is cut. */
  readonly width: number | undefined;
  /** A line on stderr that is drawn again and again; undefined where no person watches a terminal. */
  readonly bar: Bar | undefined;
  /** Whether stdout is a terminal, and thus read by a person. */
  readonly terminal: boolean;
  /** Whether stdout takes colours. */
  readonly color: boolean;
  /** Whether stderr takes colours. */
  readonly errorColor: boolean;
  /** Whether a question may be asked. */
  readonly canPrompt: boolean;
  /** One line of data. */
  line(text: string): Promise<void>;
  /** The one JSON document of `--json`, or one line of a stream. */
  document(value: unknown): Promise<void>;
  /** Bytes of data as they are. */
  bytes(bytes: Uint8Array): Promise<void>;
  /** One line for people, on stderr; nothing under `--quiet`. */
  note(text: string): void;
  /** A status word as `fmg` prints it: upper case, coloured where colours are on. */
  status(status: string): string;
}

/** One line of a terminal that moves, and leaves nothing behind. */
export interface Bar {
  /** Draws what the text is for so many columns. */
  draw(text: (columns: number) => string): void;
  clear(): void;
}

/** What the flags and the environment say about output. */
export interface UiOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly plain: boolean;
  readonly template: Template | undefined;
  /** `--color` and `--no-color`; undefined when neither is given. */
  readonly colorFlag: boolean | undefined;
  readonly environment: ColorSettings;
  /** No prompts: `--no-input`, or CI. */
  readonly noInput: boolean;
}

/** Makes the output of one command on the process's own streams. */
export function openUi(options: UiOptions): Ui {
  const { stdout, stderr, stdin } = process;
  const color =
    !options.json && !options.plain && usesColor(stdout.isTTY, options.colorFlag, options.environment);
  return {
    json: options.json,
    quiet: options.quiet,
    plain: options.plain,
    template: options.template,
    width: stdout.isTTY && stdout.columns > 0 ? stdout.columns : undefined,
    bar: barOn(stderr, options),
    terminal: stdout.isTTY,
    color,
    errorColor: usesColor(stderr.isTTY, options.colorFlag, options.environment),
    canPrompt: stdin.isTTY && stderr.isTTY && !options.noInput && !options.json,
    line: (text) => write(`${text}\n`),
    document: (value) => write(`${JSON.stringify(value)}\n`),
    bytes: write,
    note(text) {
      if (!options.quiet) stderr.write(`${text}\n`);
    },
    status: (status) => (color ? paint(status) : status.toUpperCase()),
  };
}

/** A bar needs a terminal that can go back to the beginning of a line, and somebody who wants notes. */
function barOn(stderr: NodeJS.WriteStream, options: UiOptions): Bar | undefined {
  if (!stderr.isTTY || options.quiet || options.json || options.environment.dumbTerminal) return undefined;
  let isDrawn = false;
  return {
    draw(text) {
      isDrawn = true;
      stderr.write(`\r\u001b[K${text(stderr.columns > 0 ? stderr.columns : 80)}`);
    },
    clear() {
      if (isDrawn) stderr.write("\r\u001b[K");
      isDrawn = false;
    },
  };
}

/** Flags win over NO_COLOR, that over FORCE_COLOR and CLICOLOR_FORCE, those over TERM=dumb, that over the terminal. */
export function usesColor(terminal: boolean, flag: boolean | undefined, environment: ColorSettings): boolean {
  if (flag !== undefined) return flag;
  if (environment.noColor) return false;
  if (environment.forceColor) return true;
  return terminal && !environment.dumbTerminal;
}

/** A name or message of someone else's as one line that cannot move the cursor or forge another line. */
export function plain(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what this removes
  return stripVTControlCharacters(text).replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
}

/** Waits when the reader of stdout is slower than we are. */
async function write(data: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

const colors: Readonly<Record<string, number>> = {
  success: 32,
  failure: 31,
  error: 31,
  canceled: 33,
  on_hold: 33,
  running: 36,
  queued: 36,
  pending: 36,
  blocked: 90,
  skipped: 90,
};

function paint(status: string): string {
  const code = colors[status];
  return code === undefined ? status.toUpperCase() : `\u001b[${code}m${status.toUpperCase()}\u001b[0m`;
}
