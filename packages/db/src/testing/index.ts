export { aPush, temporaryDb, type TemporaryDb } from "./builders.ts";
