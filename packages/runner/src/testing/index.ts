export { fakeEngine, type FakeEngine, type FakeEngineOptions } from "./fake-engine.ts";
export { memoryStores, type MemoryStores } from "./memory-stores.ts";
export { engineContract, type EngineSubject } from "./engine-contract.ts";
