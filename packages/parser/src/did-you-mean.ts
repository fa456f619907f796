/** The candidate closest to a misspelt word, as a hint; undefined when none is close. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const close = closestOf(word, candidates);
  return close === undefined ? undefined : `Did you mean \`${close}\`?`;
}

// Distances are only taken of words that people may have misspelt: long texts cost and help nobody.
const longestWord = 80;
const mostCandidates = 2_000;

/** The candidate closest to a misspelt word; undefined when none is close. */
export function closestOf(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > longestWord) return undefined;
  let best: string | undefined;
  // One letter is as close to any other as to the right one.
  let bestDistance = word.length < 2 ? 1 : Math.max(1, Math.floor(word.length / 3)) + 1;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > mostCandidates) break;
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(normalised(word), normalised(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

// `save-cache` and `Save_Cache` are the same mistake as `save_cach`.
function normalised(word: string): string {
  return word.toLowerCase().replaceAll("-", "_");
}

/** Letters inserted, dropped, replaced, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const best = Math.min(replaced, previous[j]! + 1, row[j - 1]! + 1);
      row.push(swapped ? Math.min(best, beforePrevious[j - 2]! + 1) : best);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}
