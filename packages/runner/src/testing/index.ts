export { fakeEngine, type FakeEngine, type FakeEngineOptions } from "./fake-engine.ts";
export { memoryStores, type MemoryStores } from "./memory-stores.ts";
