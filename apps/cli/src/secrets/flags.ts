import { string as argument } from "@oclif/core/args";
import { boolean, string } from "@oclif/core/flags";

export const contextArg = argument({
  required: true,
  ignoreStdin: true,
  description: "the name of a context",
});
export const variableArg = argument({
  required: true,
  ignoreStdin: true,
  description: "the name of a variable, as NPM_TOKEN",
});
/** Only to tell whoever types a value that it was a mistake; what comes by a pipe is not taken for it. */
export const typedValueArg = argument({ hidden: true, ignoreStdin: true });

export const fromFileFlag = {
  "from-file": string({ helpValue: "<file>", description: "the value is this file, as it is" }),
};
export const yesFlag = { yes: boolean({ description: "do not ask first" }) };
