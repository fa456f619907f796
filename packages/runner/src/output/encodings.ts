/**
 * The forms in which a secret leaves a program by accident: base64 within other bytes, URL-encoded, JSON-escaped and
 * shell-quoted. (SEC-6) What is encrypted, compressed or spelled backwards on purpose is not stopped by masking.
 */
export function encodedForms(value: string): readonly string[] {
  return [...base64Forms(value), ...urlForms(value), ...jsonForms(value), ...shellForms(value)];
}

/** base64 as programs wrap it, with the line breaks at any place that the bytes before the secret may lead to. */
export function wrappedForms(value: string): readonly string[] {
  return base64Cores(value).flatMap((core) =>
    wrapWidths.flatMap((width) => {
      const firstBreaks = Math.min(width, core.length - 1);
      return Array.from({ length: firstBreaks }, (_, before) => wrapAt(core, before + 1, width));
    }),
  );
}

/** Of `base64` and MIME, and of PEM. */
const wrapWidths = [76, 64];

function wrapAt(text: string, first: number, width: number): string {
  const lines = [text.slice(0, first)];
  for (let at = first; at < text.length; at += width) lines.push(text.slice(at, at + width));
  return lines.join("\n");
}

function base64Forms(value: string): string[] {
  // Alone, with and without the newline of `echo`, so that the padding goes too.
  const whole = [value, `${value}\n`].map((text) => Buffer.from(text).toString("base64"));
  const standard = [...base64Cores(value), ...whole];
  return [...standard, ...standard.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))];
}

/** The characters that depend on the value alone, for each of the three places where it may stand in a group of bytes. */
function base64Cores(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString("base64");
    const first = Math.ceil((before * 8) / 6);
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    return encoded.slice(first, end);
  });
}

function urlForms(value: string): string[] {
  const plain = encodeURIComponent(value.toWellFormed());
  const strict = plain.replace(/[!'()*~]/g, percent);
  const forms = [
    plain,
    strict,
    strict.replaceAll("%7E", "~"),
    plain.replaceAll("%20", "+"),
    strict.replaceAll("%20", "+"),
  ];
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

function percent(character: string): string {
  return `%${character.codePointAt(0)!.toString(16).toUpperCase()}`;
}

function jsonForms(value: string): string[] {
  const escaped = JSON.stringify(value).slice(1, -1);
  const ascii = escaped.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return [escaped, ascii, escaped.replaceAll("/", "\\/")];
}

/** As `set -x` of bash and of dash, `printf %q`, and a text between double quotes have it. */
function shellForms(value: string): string[] {
  const ansiC = value
    .replace(/[\\']/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return [
    value.replaceAll("'", String.raw`'\''`),
    value.replaceAll("'", `'"'"'`),
    ansiC,
    octalBytes(ansiC),
    value.replace(/^[~#]|[ \t'"\\|&;()<>!{}*[\]?^$`,]/g, "\\$&"),
    value.replace(/["$\\`]/g, "\\$&"),
  ];
}

/** How a bash without a UTF-8 locale, as in most images, writes what is not ASCII. */
function octalBytes(text: string): string {
  return text.replace(/[\u0080-\u{10ffff}]+/gu, (part) =>
    [...Buffer.from(part)].map((byte) => `\\${byte.toString(8)}`).join(""),
  );
}
