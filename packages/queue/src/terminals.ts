import { Type, type Static, type TSchema } from "typebox";
import { Value } from "typebox/value";
import { connectRedis, PREFIX } from "./connection.ts";

/*
 * The way between a person's terminal, which ends at the API, and a shell, which ends at the orchestrator that has the
 * container. Redis passes on and keeps nothing; what is said while somebody is away is lost, and the session with it.
 */

const Bytes = Type.String({ maxLength: 200_000, description: "base64" });
const Side = Type.Integer({ minimum: 1, maximum: 10_000 });
const Why = Type.String({ maxLength: 1000 });

const shapes = {
  shell: Type.Union([
    Type.Object({ kind: Type.Literal("input"), bytes: Bytes }),
    Type.Object({ kind: Type.Literal("resize"), columns: Side, rows: Side }),
    /** So many bytes of output have reached the person: more may come. */
    Type.Object({ kind: Type.Literal("heard"), count: Type.Integer({ minimum: 0 }) }),
    Type.Object({ kind: Type.Literal("alive") }),
    Type.Object({ kind: Type.Literal("leave"), why: Why }),
  ]),
  person: Type.Union([
    Type.Object({ kind: Type.Literal("ready") }),
    Type.Object({ kind: Type.Literal("output"), bytes: Bytes }),
    /** The last word: the shell's exit code where it ended by itself. */
    Type.Object({ kind: Type.Literal("end"), why: Why, exitCode: Type.Optional(Type.Integer()) }),
  ]),
} as const satisfies Record<string, TSchema>;

/** The two ends of a session. */
export type TerminalSide = keyof typeof shapes;

/** What is said to a side. */
export type TerminalMessage<S extends TerminalSide> = Readonly<Static<(typeof shapes)[S]>>;

/** One end of a session, joined. */
export interface TerminalEnd<S extends TerminalSide> {
  /** Says something to the other side; never throws. */
  say(message: TerminalMessage<OtherSide<S>>): void;
  leave(): void;
}

type OtherSide<S extends TerminalSide> = S extends "shell" ? "person" : "shell";

/** Brings persons and shells together. */
export interface Terminals {
  /** Asks the orchestrators for a session's shell. */
  ask(sessionId: number): void;
  /** Hears what is asked from now on. */
  onAsk(handler: (sessionId: number) => void): void;
  /** Resolves when what is said to this side from now on is heard. */
  join<S extends TerminalSide>(
    sessionId: number,
    side: S,
    hear: (message: TerminalMessage<S>) => void,
  ): Promise<TerminalEnd<S>>;
  close(): Promise<void>;
}

const ASKED = `${PREFIX}:debug`;

/** Opens the way through a Redis. Connections are made when they are first needed. */
export function openTerminals(redisUrl: string): Terminals {
  const ignore = () => undefined;
  const lazily = { lazyConnect: true };
  const publisher = connectRedis(redisUrl, { ...lazily, maxRetriesPerRequest: 1 }, ignore);
  const subscriber = connectRedis(redisUrl, { ...lazily, maxRetriesPerRequest: null }, ignore);
  const handlers = new Map<string, (value: unknown) => void>();
  subscriber.on("message", (channel: string, text: string) => handlers.get(channel)?.(parsed(text)));
  const listen = async (channel: string, handler: (value: unknown) => void): Promise<void> => {
    handlers.set(channel, handler);
    await subscriber.subscribe(channel);
  };
  const publish = (channel: string, value: unknown): void => {
    publisher.publish(channel, JSON.stringify(value)).catch(ignore);
  };

  return {
    ask: (sessionId) => publish(ASKED, sessionId),
    onAsk(handler) {
      listen(ASKED, (value) => {
        if (Number.isSafeInteger(value)) handler(value as number);
      }).catch(ignore);
    },
    async join(sessionId, side, hear) {
      const [mine, other] = [side, side === "shell" ? "person" : "shell"].map(
        (name) => `${ASKED}:${sessionId}:${name}`,
      ) as [string, string];
      await listen(mine, (value) => {
        if (Value.Check(shapes[side], value)) hear(value);
      });
      return {
        say: (message) => publish(other, message),
        leave() {
          handlers.delete(mine);
          subscriber.unsubscribe(mine).catch(ignore);
        },
      };
    },
    async close() {
      handlers.clear();
      publisher.disconnect();
      subscriber.disconnect();
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
