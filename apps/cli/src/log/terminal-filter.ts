/**
 * Makes a job's output safe for a terminal. Colours, line erasing and cursor moves within the screen stay, so that
 * progress bars look right; everything that acts on the terminal itself is dropped: window titles, the clipboard
 * (OSC 52), questions that the terminal answers by typing, resets. Works on bytes, across chunk borders.
 */
export interface TerminalFilter {
  /** The safe bytes of the next chunk. */
  push(chunk: Uint8Array): Uint8Array;
}

const ESC = 0x1b;
const BEL = 0x07;
const C1_LEAD = 0xc2;
/** Longest control sequence that is kept; real ones have under 30 bytes. */
const MAX_SEQUENCE_BYTES = 64;
/** CSI endings that stay: cursor up, down, forward, back, next and previous line, column; erase in display and line. */
const HARMLESS_ENDINGS = new Set(Buffer.from("ABCDEFGJK"));
const COLOR_ENDING = "m".charCodeAt(0);

type State = "text" | "c1" | "escape" | "intermediate" | "csi" | "string" | "string-escape";

export function openTerminalFilter(options: {
  readonly color: boolean;
  /** Where other output stands around it, cursor moves are dropped too. Default: they stay. */
  readonly cursor?: "kept" | "dropped";
}): TerminalFilter {
  let state: State = "text";
  let sequence: number[] = [];
  let out: number[] = [];

  function inText(byte: number): void {
    if (byte === ESC) state = "escape";
    else if (byte === C1_LEAD) state = "c1";
    else if (byte >= 0x20 && byte !== 0x7f) out.push(byte);
    else if (byte === 0x09 || byte === 0x0a || byte === 0x0d || byte === 0x08) out.push(byte);
  }

  /** In UTF-8 a terminal takes U+0080 to U+009F for the two-byte forms ESC @ to ESC _. */
  function afterC1Lead(byte: number): void {
    state = "text";
    if (byte >= 0x80 && byte <= 0x9f) afterEscape(byte - 0x40);
    else {
      out.push(C1_LEAD);
      inText(byte);
    }
  }

  function afterEscape(byte: number): void {
    sequence = [];
    if (byte === 0x5b) state = "csi";
    else if (isStringOpener(byte)) state = "string";
    else if (byte >= 0x20 && byte <= 0x2f) state = "intermediate";
    else if (byte === ESC) state = "escape";
    else {
      state = "text";
      if (byte < 0x20) inText(byte);
    }
  }

  function inCsi(byte: number): void {
    if (byte >= 0x40 && byte <= 0x7e) {
      state = "text";
      if (isKept(byte)) out.push(ESC, 0x5b, ...sequence, byte);
    } else if (byte === ESC) state = "escape";
    else if (byte < 0x20 || sequence.length >= MAX_SEQUENCE_BYTES) {
      state = "text";
      inText(byte);
    } else sequence.push(byte);
  }

  function isKept(ending: number): boolean {
    const ordinary = sequence.every((byte) => byte >= 0x30 && byte <= 0x3b);
    if (!ordinary) return false;
    if (ending === COLOR_ENDING) return options.color;
    return options.cursor !== "dropped" && HARMLESS_ENDINGS.has(ending);
  }

  /** A string ends at BEL or ESC \; a line feed ends it too, so that a broken one cannot swallow the log. */
  function inString(byte: number): void {
    if (byte === BEL) state = "text";
    else if (byte === ESC) state = "string-escape";
    else if (byte === 0x0a) {
      state = "text";
      inText(byte);
    }
  }

  const steps: Readonly<Record<State, (byte: number) => void>> = {
    text: inText,
    c1: afterC1Lead,
    escape: afterEscape,
    intermediate(byte) {
      if (byte >= 0x20 && byte <= 0x2f) return;
      state = "text";
      if (byte < 0x20) inText(byte);
    },
    csi: inCsi,
    string: inString,
    "string-escape"(byte) {
      if (byte === 0x5c) state = "text";
      else afterEscape(byte);
    },
  };

  return {
    push(chunk) {
      out = [];
      for (const byte of chunk) steps[state](byte);
      return Uint8Array.from(out);
    },
  };
}

/** OSC, DCS, SOS, PM, APC, and screen's title. */
function isStringOpener(byte: number): boolean {
  return [0x5d, 0x50, 0x58, 0x5e, 0x5f, 0x6b].includes(byte);
}
