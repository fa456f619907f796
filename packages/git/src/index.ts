export { fetchCommit, type FetchCommitInput, type Mirror } from "./mirror.ts";
export { readCommitWords, type CommitWords } from "./commit-message.ts";
export { resolveRef, type ResolveRefInput } from "./resolve-ref.ts";
export { isOnRef, type IsOnRefInput } from "./is-on-ref.ts";
export { readBlob } from "./read-blob.ts";
export { treeAsTar, type FetchSubmodule, type TreeAsTarInput } from "./checkout/tree-as-tar.ts";
export { pruneMirrors, type PruneInput } from "./prune-mirrors.ts";
export {
  openWorkingCopy,
  type WorkingCopy,
  type WorkingCopyInput,
} from "./working-copy/open-working-copy.ts";
