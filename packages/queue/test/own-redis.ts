// A process of find-redis.test.ts: owns an embedded Redis until it is killed.
import { findRedis } from "@fmg/queue";
import { pino } from "pino";

const [dataDir = ""] = process.argv.slice(2);
const log = pino({ level: "silent" });
const redis = await findRedis({ dataDir, role: "owner", signal: new AbortController().signal, log });
process.stdout.write(redis.description);
setInterval(() => undefined, 60_000);
