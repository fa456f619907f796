import { resolvePlainScalar } from "../1-read/yaml-scalars.ts";
import type { CompiledConfig, CompiledMap, CompiledValue } from "./compiled-config.ts";

/** The text of a compiled config: block style, two spaces, lists not indented under their key. (R-CF-6) */
export function printConfig(config: CompiledConfig): string {
  const comments = config.comments.map((comment) => `# ${comment.replaceAll(/[\r\n]/g, " ")}\n`);
  return comments.join("") + printMap(config.root, "");
}

function printMap(map: CompiledMap, indent: string): string {
  let text = "";
  for (const [key, value] of map) text += `${indent}${printText(key, "")}:${printUnderKey(value, indent)}`;
  return text;
}

function printUnderKey(value: CompiledValue, indent: string): string {
  if (isList(value)) return value.length === 0 ? " []\n" : `\n${printList(value, indent)}`;
  if (isMap(value)) return value.size === 0 ? " {}\n" : `\n${printMap(value, `${indent}  `)}`;
  const scalar = printScalar(value, indent);
  return scalar === "" ? "\n" : ` ${scalar}\n`;
}

function printList(list: readonly CompiledValue[], indent: string): string {
  let text = "";
  for (const item of list) {
    if (isList(item)) {
      // A list in a list begins on the dash's line: its first dash replaces two blanks.
      const inner = item.length === 0 ? "[]\n" : printList(item, `${indent}  `).slice(indent.length + 2);
      text += `${indent}- ${inner}`;
    } else if (isMap(item)) {
      const inner = item.size === 0 ? "{}\n" : printMap(item, `${indent}  `).slice(indent.length + 2);
      text += `${indent}- ${inner}`;
    } else text += `${indent}- ${printScalar(item, indent)}\n`;
  }
  return text;
}

function isList(value: CompiledValue): value is readonly CompiledValue[] {
  return Array.isArray(value);
}

function isMap(value: CompiledValue): value is CompiledMap {
  return value instanceof Map;
}

function printScalar(
  value: Exclude<CompiledValue, readonly CompiledValue[] | CompiledMap>,
  indent: string,
): string {
  switch (value.type) {
    case "string":
      return printText(value.text, indent);
    case "float":
      return printFloat(value.text);
    case "null":
      return "null";
    case "integer":
    case "boolean":
      return value.text;
  }
}

function printFloat(text: string): string {
  if (text === "Infinity") return ".inf";
  if (text === "-Infinity") return "-.inf";
  if (text === "NaN") return ".nan";
  if (!/^-?\d+(\.\d+)?(e[-+]\d+)?$/.test(text)) return text;
  // Without a dot it would be read as an integer.
  return text.includes(".") ? text : text.replace(/^(-?\d+)/, "$1.0");
}

const plainText = /^[A-Za-z0-9_./~$(+<=^\\;][^\n\r\t]*$/;
const indicators = /: |:$| #|^(---|\.\.\.)/;

/** A text, quoted only where YAML needs it; several lines as a literal block. */
function printText(text: string, indent: string): string {
  if (text.includes("\n") && isBlockSafe(text)) return printBlock(text, indent);
  if (isPlainSafe(text)) return text;
  if (isPrintable(text)) return `'${text.replaceAll("'", "''")}'`;
  return doubleQuoted(text);
}

function isPlainSafe(text: string): boolean {
  return (
    plainText.test(text) &&
    isPrintable(text) &&
    !indicators.test(text) &&
    text.trim() === text &&
    text !== "<<" &&
    text !== "=" &&
    resolvePlainScalar(text).type === "string"
  );
}

/** No line breaks, nothing that YAML forbids or that cannot be seen. */
function isPrintable(text: string): boolean {
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code < 32 || (code >= 127 && code < 160) || code === 0xfeff) return false;
    if (code === 0x2028 || code === 0x2029 || (code >= 0xd800 && code < 0xe000)) return false;
  }
  return true;
}

function isBlockSafe(text: string): boolean {
  // A first line that is blank or indented would need an indentation indicator, a trailing blank line `|+`.
  return (
    !/^[ \t\n]/.test(text) &&
    !text.endsWith("\n\n") &&
    text.trim() !== "" &&
    text.split("\n").every((line) => isPrintable(line.replaceAll("\t", "")) && !/^[ \t]+$/.test(line))
  );
}

function printBlock(text: string, indent: string): string {
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const lines = body.split("\n").map((line) => (line === "" ? "" : `${indent}  ${line}`));
  return `|${text.endsWith("\n") ? "" : "-"}\n${lines.join("\n")}`;
}

const escapes = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function doubleQuoted(text: string): string {
  let quoted = "";
  for (const unit of text.split("")) {
    const escape = escapes.get(unit);
    const code = unit.charCodeAt(0);
    if (escape !== undefined) quoted += escape;
    else if (isPrintable(unit) || (code >= 0xd800 && code < 0xe000)) quoted += unit;
    else quoted += `\\u${code.toString(16).padStart(4, "0")}`;
  }
  return `"${quoted}"`;
}
