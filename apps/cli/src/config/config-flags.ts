import { string as argument } from "@oclif/core/args";
import { boolean, string } from "@oclif/core/flags";

/** What every command on a config takes: the file, and what the compile depends on. */
export const configArgs = {
  file: argument({ description: "the config; `-` for standard input", ignoreStdin: true }),
};

export const configFlags = {
  param: string({
    helpValue: "<name>=<value>",
    multiple: true,
    multipleNonGreedy: true,
    description: "a pipeline parameter; may be given several times",
  }),
  branch: string({
    helpValue: "<name>",
    exclusive: ["tag"],
    description: "as on this branch; else the one that is checked out, else main",
  }),
  tag: string({ helpValue: "<name>", description: "as on this tag" }),
  "orb-dir": string({
    helpValue: "<folder>",
    multiple: true,
    multipleNonGreedy: true,
    description: "where vendored orbs are: circleci__node@7.2.1.yml is circleci/node@7.2.1",
  }),
  strict: boolean({ description: "warnings are errors" }),
};

/** The values of these flags. */
export interface ConfigFlagValues {
  readonly param?: readonly string[] | undefined;
  readonly branch?: string | undefined;
  readonly tag?: string | undefined;
  readonly "orb-dir"?: readonly string[] | undefined;
  readonly strict: boolean;
}
