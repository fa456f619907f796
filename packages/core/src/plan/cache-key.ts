/** A cache key template as parsed parts (R-CACHE-*): compiled without knowing files, rendered by the runner. */
export type CacheKeyPart =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "value";
      readonly name: "Branch" | "BuildNum" | "Revision" | "CheckoutKey" | "epoch" | "arch";
    }
  | { readonly kind: "environment"; readonly name: string }
  | { readonly kind: "checksum"; readonly path: string };

export interface CacheKeyTemplate {
  /** As written in the config. */
  readonly text: string;
  readonly parts: readonly CacheKeyPart[];
}
