import { randomUUID } from "node:crypto";
import type { CheckUpMode, Finding } from "@fmg/core";
import { Type } from "typebox";
import { Value } from "typebox/value";
import { connectRedis, PREFIX } from "./connection.ts";

/*
 * The API asks every orchestrator what it sees of Docker, Redis and GitHub; each answers for itself. Redis passes on and keeps
 * nothing: a check-up is about now. (ADR 22)
 */

const Text = Type.String({ maxLength: 2000 });
const Asked = Type.Object({
  id: Type.String({ pattern: "^[0-9a-f-]{36}$" }),
  mode: Type.Enum(["look", "mend"]),
});
const Answer = Type.Object({
  host: Text,
  findings: Type.Array(
    Type.Object({
      area: Type.Enum(["server", "database", "redis", "docker", "github"]),
      what: Text,
      cause: Text,
      next: Text,
      mending: Type.Enum(["possible", "done", "by-hand"]),
    }),
  ),
});

/** What one orchestrator found; `host` names its Docker host. */
export interface CheckUp {
  readonly host: string;
  readonly findings: readonly Finding[];
}

/** What came of asking: how many orchestrators heard it, and those answers that came in time. */
export interface AskedCheckUps {
  readonly asked: number;
  readonly answers: readonly CheckUp[];
}

/** Asks for check-ups. */
export interface CheckUps {
  /** Rejects while Redis is away. */
  ask(mode: CheckUpMode, withinMs: number): Promise<AskedCheckUps>;
  close(): Promise<void>;
}

/** Answers them, until it is closed. */
export interface CheckUpServer {
  /** Resolves when what is asked from now on is heard. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

const ASKED = `${PREFIX}:check-up`;
const ignore = () => undefined;

/** The asking side; its connections are made when they are first needed. */
export function openCheckUps(redisUrl: string): CheckUps {
  const options = { lazyConnect: true, maxRetriesPerRequest: 1 };
  const publisher = connectRedis(redisUrl, options, ignore);
  const subscriber = connectRedis(redisUrl, options, ignore);
  const hearers = new Map<string, (text: string) => void>();
  subscriber.on("message", (channel: string, text: string) => hearers.get(channel)?.(text));
  return {
    async ask(mode, withinMs) {
      const id = randomUUID();
      const channel = `${ASKED}:${id}`;
      const answers: CheckUp[] = [];
      const complete = Promise.withResolvers<void>();
      let asked = Infinity;
      hearers.set(channel, (text) => {
        const answer = parsed(text);
        if (Value.Check(Answer, answer)) answers.push(answer);
        if (answers.length >= asked) complete.resolve();
      });
      const tooLate = setTimeout(complete.resolve, withinMs);
      try {
        await subscriber.subscribe(channel);
        asked = await publisher.publish(ASKED, JSON.stringify({ id, mode }));
        if (answers.length < asked) await complete.promise;
        return { asked, answers };
      } finally {
        clearTimeout(tooLate);
        hearers.delete(channel);
        subscriber.unsubscribe(channel).catch(ignore);
      }
    },
    async close() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

/** The answering side; `examine` runs once at a time, and an error of it is told by the caller's `onError`. */
export function serveCheckUps(
  redisUrl: string,
  examine: (mode: CheckUpMode) => Promise<CheckUp>,
  onError: (error: unknown) => void,
): CheckUpServer {
  const publisher = connectRedis(redisUrl, { maxRetriesPerRequest: 1 }, ignore);
  const subscriber = connectRedis(redisUrl, { maxRetriesPerRequest: null }, ignore);
  let turn: Promise<unknown> = Promise.resolve();
  subscriber.on("message", (_channel: string, text: string) => {
    const asked = parsed(text);
    if (!Value.Check(Asked, asked)) return;
    turn = turn
      .then(() => examine(asked.mode))
      .then((answer) => publisher.publish(`${ASKED}:${asked.id}`, JSON.stringify(answer)))
      .catch(onError);
  });
  const subscribed = subscriber.subscribe(ASKED);
  subscribed.catch(ignore);
  return {
    async ready() {
      await subscribed;
    },
    async close() {
      subscriber.disconnect();
      await turn;
      publisher.disconnect();
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody else's message.
    return undefined;
  }
}
