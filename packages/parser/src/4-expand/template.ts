/** A scalar's text, cut at its `<< >>` tags. (Section 2.1) */
export interface Template {
  readonly parts: readonly TemplatePart[];
  /** Set when the text is one tag and nothing else: its value keeps its type. (R-TPL-8) */
  readonly whole: TagPart | undefined;
  readonly error: TemplateError | undefined;
}

export type TemplatePart =
  | { readonly is: "text"; readonly text: string }
  | TagPart
  | {
      readonly is: "section";
      readonly name: string;
      readonly inverted: boolean;
      readonly parts: readonly TemplatePart[];
      readonly offset: number;
    };

export interface TagPart {
  readonly is: "tag";
  readonly body: string;
  /** Of the `<<`, in the scalar's text. */
  readonly offset: number;
}

export interface TemplateError {
  readonly code: "template-unclosed" | "template-too-long" | "template-section";
  readonly message: string;
  readonly offset: number;
  readonly hint?: string;
}

/** Characters of one tag. (R-TPL-4) */
export const maximumTagLength = 2048;
const sectionName = /^[\w-]+(\.\S+)*$/;
// Sections inside of sections; nobody needs ten.
const maximumSections = 50;

interface OpenSection {
  readonly name: string;
  readonly inverted: boolean;
  readonly offset: number;
  readonly parts: TemplatePart[];
}

/** Cuts a text into literal text, tags and sections; the first error ends the work. */
export function parseTemplate(text: string): Template {
  const root: TemplatePart[] = [];
  const open: OpenSection[] = [];
  let pending = "";
  let at = 0;
  const fail = (error: TemplateError): Template => ({ parts: root, whole: undefined, error });
  const flush = () => {
    if (pending !== "") (open.at(-1)?.parts ?? root).push({ is: "text", text: pending });
    pending = "";
  };
  while (at < text.length) {
    const next = nextMark(text, at);
    pending += text.slice(at, next.at);
    at = next.at;
    if (next.mark === "end") break;
    if (next.mark === "escaped-tag") {
      pending += "<<";
      at += 3;
      continue;
    }
    if (next.mark === "backslash") {
      pending += "\\";
      at += 2;
      // A real tag follows.
    }
    const tag = readTag(text, at);
    if ("code" in tag) return fail(tag);
    flush();
    const problem = placeTag(tag, open, root);
    if (problem !== undefined) return fail(problem);
    at = tag.end;
  }
  flush();
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    const message = `Unclosed section '${unclosed.name}'`;
    return fail({ code: "template-section", message, offset: unclosed.offset });
  }
  const only = root.length === 1 ? root[0] : undefined;
  return { parts: root, whole: only?.is === "tag" ? only : undefined, error: undefined };
}

interface Mark {
  readonly mark: "tag" | "escaped-tag" | "backslash" | "end";
  readonly at: number;
}

// `\<<` is a literal `<<`; `\\<<` is a literal backslash and a tag. (R-TPL-2)
function nextMark(text: string, from: number): Mark {
  const tag = text.indexOf("<<", from);
  if (tag === -1) return { mark: "end", at: text.length };
  const one = tag - 1 >= from && text[tag - 1] === "\\";
  if (!one) return { mark: "tag", at: tag };
  const two = tag - 2 >= from && text[tag - 2] === "\\";
  return two ? { mark: "backslash", at: tag - 2 } : { mark: "escaped-tag", at: tag - 1 };
}

interface ReadTag {
  readonly kind: "" | "#" | "^" | "/";
  readonly body: string;
  readonly offset: number;
  readonly end: number;
}

function readTag(text: string, offset: number): ReadTag | TemplateError {
  const sign = text[offset + 2];
  const kind = sign === "#" || sign === "^" || sign === "/" ? sign : "";
  const start = offset + 2 + kind.length;
  const close = text.indexOf(">>", start);
  const length = (close === -1 ? text.length : close) - start;
  if (length > maximumTagLength) {
    const message = `Expressions must be less than ${maximumTagLength} characters, this one has ${length}`;
    return { code: "template-too-long", message, offset, hint: "Escape `<<` that is no expression: `\\<<`." };
  }
  if (close === -1) {
    const message = "Unclosed '<<' tag ('<<' must be escaped as '\\<<')";
    return { code: "template-unclosed", message, offset, hint: "Write `\\<<` for a shell's `<<`." };
  }
  return { kind, body: text.slice(start, close).trim(), offset, end: close + 2 };
}

function placeTag(tag: ReadTag, open: OpenSection[], root: TemplatePart[]): TemplateError | undefined {
  const { kind, body, offset } = tag;
  if (kind === "") {
    (open.at(-1)?.parts ?? root).push({ is: "tag", body, offset });
    return undefined;
  }
  if (!sectionName.test(body)) {
    return {
      code: "template-section",
      message: `A section is named by one variable, not by "${body}"`,
      offset,
    };
  }
  if (kind !== "/") {
    if (open.length >= maximumSections) {
      return {
        code: "template-section",
        message: `More than ${maximumSections} sections in one another`,
        offset,
      };
    }
    open.push({ name: body, inverted: kind === "^", offset, parts: [] });
    return undefined;
  }
  const section = open.pop();
  if (section === undefined || section.name !== body) {
    const expected = section === undefined ? "no section is open" : `\`<</ ${section.name} >>\` was expected`;
    return { code: "template-section", message: `The section '${body}' is closed, but ${expected}`, offset };
  }
  (open.at(-1)?.parts ?? root).push({ is: "section", ...section });
  return undefined;
}
