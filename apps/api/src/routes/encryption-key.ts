import { routes } from "@fmg/client";
import { beginRotation, KEY_SETTING, keyState, type KeyState } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { ProblemDetail } from "../problem.ts";
import { serve } from "../serve.ts";
import { changedBy } from "./variables.ts";

/** The key that seals secrets: it is made and told of here; the orchestrator carries a rotation out. */
export async function encryptionKeyRoutes(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, encryptionKey } = adapters;

  serve(app, routes.getEncryptionKey, () => toWire(keyState(db, encryptionKey)));

  serve(app, routes.rotateEncryptionKey, (_, request) => {
    const state = beginRotation(db, encryptionKey, changedBy(adapters, request));
    if (state !== "of-setting") return toWire(state);
    throw new ProblemDetail(
      "conflict",
      `The key comes from ${KEY_SETTING}: put a new one and a comma before it for both apps, and start them again; secrets are then sealed anew by themselves.`,
    );
  });
}

function toWire({ newest, older, remaining, missing }: KeyState) {
  return { newest, older: [...older], remaining, missing: [...missing] };
}
