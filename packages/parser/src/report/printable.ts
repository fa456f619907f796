/** A text as one line: tabs become blanks, control characters (that could steer a terminal) dots. */
export function printable(text: string): string {
  let shown = "";
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (character === "\t" || character === "\n") shown += " ";
    else shown += isControl(code) ? "·" : character;
  }
  return shown;
}

// Control characters, and the marks that turn the direction of writing around.
function isControl(code: number): boolean {
  return (
    code < 32 ||
    (code >= 127 && code < 160) ||
    code === 0x2028 ||
    code === 0x2029 ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2066 && code <= 0x2069)
  );
}

/** Columns that a terminal uses for a text without control characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) width += widthOf(character);
  return width;
}

const combining = /^(?:\p{Mn}|\p{Me}|\p{Cf})$/u;
// East Asian wide blocks and emoji: a caret below them needs two columns.
const wide =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;

function widthOf(character: string): number {
  if (character <= "~") return 1;
  if (combining.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
