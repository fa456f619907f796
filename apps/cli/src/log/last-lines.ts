const keptCharacters = 2 ** 19;

/** The last lines of a log; a log may have any length, and only its end is kept. */
export async function lastLinesOf(log: AsyncIterable<Uint8Array>, count: number): Promise<string[]> {
  const decoder = new TextDecoder();
  let kept = "";
  for await (const chunk of log) {
    kept += decoder.decode(chunk, { stream: true });
    if (kept.length > 2 * keptCharacters) kept = kept.slice(-keptCharacters);
  }
  const whole = kept + decoder.decode();
  return whole === "" ? [] : whole.replace(/\n$/, "").split(/\r?\n/).slice(-count);
}
