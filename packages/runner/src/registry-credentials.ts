import { FmgError, type ImageAuthPlan, type Secret } from "@fmg/core";

import type { RegistryCredentials } from "./engine/container-engine.ts";

/** `auth:` with `$VAR` and `${VAR}` replaced by secrets. (R-ENV-5) */
export function registryCredentials(
  auth: ImageAuthPlan | undefined,
  secrets: readonly { readonly name: string; readonly value: Secret }[],
): RegistryCredentials | undefined {
  if (auth === undefined) return undefined;
  const values = new Map(secrets.map(({ name, value }) => [name, value]));
  const field = (wanted: string): string => {
    const text = auth.values.find(({ name }) => name === wanted)?.value ?? "";
    return text.replace(
      /\$(?:(\w+)|\{(\w+)\})/g,
      (_all, bare: string | undefined, braced: string | undefined) => {
        const name = bare ?? braced ?? "";
        const value = values.get(name);
        if (value !== undefined) return value.reveal();
        throw new FmgError(
          "image_pull_failed",
          `The image's auth.${wanted} names the variable ${name}, which is not set for this job.`,
        );
      },
    );
  };
  return { username: field("username"), password: field("password") };
}
