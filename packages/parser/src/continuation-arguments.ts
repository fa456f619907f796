import type { ParameterValue } from "@fmg/core";
import { declaredParameters } from "./declared-parameters.ts";

type Arguments = Readonly<Record<string, ParameterValue>>;

/**
 * What a continuation is compiled with: of the trigger's arguments those that its config declares, below what the call to continue
 * gives. (R-DYN-5, R-DYN-6)
 */
export function continuationArguments(text: string, trigger: Arguments, call: Arguments): Arguments {
  const names = Object.keys(trigger);
  const declared = names.length === 0 ? undefined : declaredParameters(text);
  const kept = names.filter((name) => declared?.has(name)).map((name) => [name, trigger[name]!]);
  return { ...(Object.fromEntries(kept) as Arguments), ...call };
}

/** The arguments that are not what the setup config declares as the default: no call to continue may give them. (R-DYN-5) */
export function overridingArguments(text: string, trigger: Arguments): string[] {
  const names = Object.keys(trigger);
  if (names.length === 0) return [];
  const declared = declaredParameters(text);
  return names.filter((name) => declared.get(name)?.defaultText !== String(trigger[name]));
}
