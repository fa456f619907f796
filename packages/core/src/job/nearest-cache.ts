/** Of caches, the newest first: the one whose key shares the longest beginning with a missed key, to tell what differs. */
export function nearestCache<C extends { readonly key: string }>(
  caches: readonly C[],
  key: string,
): C | undefined {
  let best: { cache: C; shared: number } | undefined;
  for (const cache of caches) {
    let shared = 0;
    while (shared < key.length && cache.key[shared] === key[shared]) shared++;
    if (shared > (best?.shared ?? 0)) best = { cache, shared };
  }
  return best?.cache;
}
