/** What a part of a cache key was rendered from, to tell later what differs. */
export interface KeyPart {
  /** As in the template: `checksum "package-lock.json"`, `.Branch`; empty for plain text. */
  readonly label: string;
  readonly value: string;
}

/** A cache that was found. */
export interface CacheHit {
  readonly key: string;
  readonly createdAt: number;
  readonly sizeBytes: number;
  /** The archive as it was saved, already compared with its digest. */
  read(): AsyncIterable<Uint8Array>;
}

/** The caches of a project that a job may see; which those are is decided by who makes the store. (R-CACHE-*, SEC-8) */
export interface CacheStore {
  /** The newest cache whose key begins with `prefix`. A corrupt one counts as none, and is set aside. (REL-20) */
  find(prefix: string): Promise<CacheHit | undefined>;
  /** Whether a cache of exactly this key can be seen. */
  has(key: string): Promise<boolean>;
  /** Keys are immutable: the first one that is complete wins. (R-CACHE-3) */
  save(
    key: string,
    parts: readonly KeyPart[],
    archive: AsyncIterable<Uint8Array>,
  ): Promise<{ readonly outcome: "saved" | "exists"; readonly sizeBytes: number }>;
  /** The cache whose key is most like this one, to tell what differs. */
  nearest(key: string): Promise<{ readonly key: string; readonly parts: readonly KeyPart[] } | undefined>;
  /** Why caches that are there are not seen, for the log of a miss. */
  readonly setAside?: string;
}

/** What one `persist_to_workspace` left. */
export interface WorkspaceLayer {
  readonly job: string;
  readonly sizeBytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** The workspace of a line of workflows, as one job sees it. (R-WS-*) */
export interface WorkspaceStore {
  /** The layers of the jobs upstream, in the order in which they are laid; or the paths that two of them fight over. */
  layers(): Promise<
    | { readonly kind: "layers"; readonly layers: readonly WorkspaceLayer[] }
    | { readonly kind: "conflict"; readonly paths: readonly string[] }
  >;
  /** Adds the layer of a step; a repeat by a successor replaces it. `paths` is asked when the archive is complete. */
  persist(
    step: number,
    archive: AsyncIterable<Uint8Array>,
    paths: () => readonly string[],
  ): Promise<{ readonly sizeBytes: number }>;
}

/** The artifacts of an attempt. */
export interface ArtifactStore {
  /** How much of what the attempt may keep is left, after the steps so far. */
  room(): Promise<{ readonly leftBytes: number; readonly limitBytes: number }>;
  /** The same path again replaces the earlier one. (R-ART-3) */
  store(path: string, bytes: AsyncIterable<Uint8Array>): Promise<{ readonly sizeBytes: number }>;
}

/** How one test went. `error` of JUnit is a failure. (R-TEST-3) */
export interface TestResult {
  readonly name: string;
  readonly classname: string;
  /** Empty where the runner names none. */
  readonly file: string;
  readonly durationMs: number;
  readonly result: "success" | "failure" | "skipped";
  readonly message: string | null;
}

/** How long tests took, by what they are called in one of three ways. */
export interface TestTiming {
  readonly kind: "file" | "classname" | "name";
  readonly name: string;
  readonly durationMs: number;
}

/** The test results of an attempt, and the times of earlier ones. */
export interface TestStore {
  /** Stores the results of a step; a repeat by a successor replaces them. */
  record(step: number, results: readonly TestResult[]): Promise<void>;
  /** Of the job's last success, on its branch or else the default one; the same for all nodes of a job. (R-SPLIT-2, R-SPLIT-3) */
  timings(): Promise<readonly TestTiming[]>;
}

/** Where a job keeps what outlives its container. */
export interface JobStores {
  readonly caches: CacheStore;
  readonly workspace: WorkspaceStore;
  readonly artifacts: ArtifactStore;
  readonly tests: TestStore;
}
