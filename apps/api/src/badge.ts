/** What a badge says of a branch. */
export interface Badge {
  readonly state: "success" | "failure" | "error" | "unknown";
  /** What it is about, for a screen reader or a pointer that rests on it. */
  readonly about: string;
}

const looks = {
  success: { word: "passing", colour: "#2a7f36" },
  failure: { word: "failing", colour: "#b3262a" },
  error: { word: "error", colour: "#a15c00" },
  unknown: { word: "unknown", colour: "#5c5c5c" },
} as const;

const LABEL = "build";
const HEIGHT = 20;
/** Of a letter of 11 px, and beside the text; the text is stretched to what is reckoned, so that every font fits. */
const LETTER = 6.5;
const PADDING = 6;

/** A badge as SVG: text, no script, nothing from elsewhere. */
export function badgeSvg({ state, about }: Badge): string {
  const { word, colour } = looks[state];
  const [left, right] = [widthOf(LABEL), widthOf(word)];
  const title = escapeXml(`${about}: ${word}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${title}">`,
    `<title>${title}</title>`,
    `<rect width="${left}" height="${HEIGHT}" fill="#3b3b3b"/>`,
    `<rect x="${left}" width="${right}" height="${HEIGHT}" fill="${colour}"/>`,
    `<g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">`,
    textAt(left / 2, LABEL),
    textAt(left + right / 2, word),
    "</g></svg>\n",
  ].join("");
}

function textAt(middle: number, text: string): string {
  return `<text x="${middle}" y="14" textLength="${text.length * LETTER}">${text}</text>`;
}

function widthOf(text: string): number {
  return Math.ceil(text.length * LETTER + 2 * PADDING);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** XML knows no control characters, not even escaped, and no halves of characters. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u{FFFE}\u{FFFF}]/gu, "")
    .replaceAll(/[&<>"']/g, (mark) => entities[mark] ?? "");
}
