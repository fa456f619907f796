export { fetchCommit, type FetchCommitInput, type Mirror } from "./mirror.ts";
export { readBlob } from "./read-blob.ts";
export { treeAsTar, type FetchSubmodule, type TreeAsTarInput } from "./checkout/tree-as-tar.ts";
export { pruneMirrors, type PruneInput } from "./prune-mirrors.ts";
