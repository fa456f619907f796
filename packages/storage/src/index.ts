export { openBlobStore, type BlobStore, type StoredBlob } from "./blob-store.ts";
export { openLogStore, type LogStore, type LogStoreOptions } from "./log-store.ts";
export { StorageError, type StorageErrorCode } from "./storage-error.ts";
