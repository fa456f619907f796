export { aRedis, type TestRedis } from "./a-redis.ts";
