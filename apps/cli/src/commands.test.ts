import { describe, expect, jest, test } from "@jest/globals";

import { commands } from "./commands.ts";

// Loading every command takes a while on a busy machine.
jest.setTimeout(60_000);

/** What oclif keeps of an argument or flag, as far as it matters here. */
interface Declared {
  readonly description?: string;
  readonly hidden?: boolean;
  readonly ignoreStdin?: boolean;
}

describe.each(Object.entries(commands))("fmg %s", (name, entry) => {
  test("never takes a missing argument from a pipe, which may carry a secret or be meant for somebody else", async () => {
    const args = Object.entries((await entry.load()).args as Readonly<Record<string, Declared>>);
    expect(args.filter(([, { ignoreStdin }]) => ignoreStdin !== true).map(([arg]) => arg)).toEqual([]);
  });

  test("says in its help what it does, how it is called, and what each argument and flag is", async () => {
    const { summary, usage, args, flags, baseFlags } = await entry.load();
    expect(summary).toMatch(/^[A-Z].*\.$/);
    expect([usage].flat()[0]).toMatch(new RegExp(`^${name}( |$)`));
    const declared = Object.entries({ ...args, ...baseFlags, ...flags } as Readonly<
      Record<string, Declared>
    >);
    const shown = declared.filter(([, { hidden }]) => hidden !== true);
    expect(shown.filter(([, { description = "" }]) => description === "").map(([what]) => what)).toEqual([]);
    expect(declared.map(([what]) => what)).toEqual(
      expect.arrayContaining(["json", "quiet", "profile", "server-url"]),
    );
  });
});
