/** Ctrl-D: what a terminal says when there is no more input. */
const endOfInput = Uint8Array.of(4);

/** The other end of a terminal: a shell in a container. */
export interface FarTerminal {
  write(bytes: Uint8Array): void;
  resize(size: { readonly columns: number; readonly rows: number }): unknown;
}

/** In raw mode every key goes to the other end, Ctrl-C too. Returns what gives the terminal back as it was. */
export function takeOver(far: FarTerminal): () => void {
  const { stdin, stdout } = process;
  const isTerminal = stdin.isTTY;
  const typed = (bytes: Buffer): void => far.write(bytes);
  const noMore = (): void => far.write(endOfInput);
  const resized = (): void => tellSize(far);
  if (isTerminal) stdin.setRawMode(true);
  stdin.on("data", typed);
  stdin.once("end", noMore);
  stdout.on("resize", resized);
  return () => {
    if (isTerminal) stdin.setRawMode(false);
    stdin.off("data", typed).off("end", noMore);
    stdin.pause();
    stdin.unref?.();
    stdout.off("resize", resized);
  };
}

/** Tells the other end how large this terminal is. */
export function tellSize(far: FarTerminal): void {
  const { columns, rows } = process.stdout;
  if (columns > 0 && rows > 0) far.resize({ columns, rows });
}
