export type { BellMessage, LiveChange, MessageOf, QueueName } from "./messages.ts";
export { openBell, type Bell } from "./ring.ts";
export { listen, type Listener, type ListenOptions } from "./listen.ts";
export { openLive, type Live } from "./live.ts";
export {
  openCheckUps,
  serveCheckUps,
  type AskedCheckUps,
  type CheckUp,
  type CheckUps,
  type CheckUpServer,
} from "./check-ups.ts";
export { openQueueMessages, type KeptMessage, type QueueMessages } from "./queue-messages.ts";
export {
  openTerminals,
  type TerminalEnd,
  type TerminalMessage,
  type TerminalSide,
  type Terminals,
} from "./terminals.ts";
export { findRedis, type FindRedisOptions, type FoundRedis } from "./embedded/find-redis.ts";
