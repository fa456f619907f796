export { fakeEngine, type FakeEngine, type FakeEngineOptions } from "./fake-engine.ts";
export { engineContract, type EngineSubject } from "./engine-contract.ts";
