/** One word of sh, whatever is in it. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/**
 * A directory of a config as a word of sh. `~` is the home of the step's user, and what is relative is relative to `base`; nothing
 * else is expanded. (R-WD-2)
 */
export function directoryWord(path: string, base: "home" | "here"): string {
  if (path === "~" || path === "~/") return '"$HOME"';
  if (path.startsWith("~/")) return `"$HOME"/${quote(path.slice(2))}`;
  if (path.startsWith("/")) return quote(path);
  // `./` keeps a name with a dash from being an option.
  return base === "home" ? `"$HOME"/${quote(path)}` : quote(`./${path}`);
}
