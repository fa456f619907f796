import { asksForJson, readArgv, type Request } from "./argv.ts";
import { commands } from "./commands.ts";
import { reportError } from "./report-error.ts";
import { ownVersion } from "./own-version.ts";
import { readSettings } from "./settings.ts";

/** The whole of `fmg`: reads the command line, runs one command, sets the exit code. */
export async function main(): Promise<void> {
  process.stdout.on("error", leaveQuietly);
  const argv = process.argv.slice(2);
  let command = "";
  try {
    const request = readArgv(argv, Object.keys(commands));
    if (request.kind === "command") command = request.command;
    await run(request);
  } catch (error) {
    const { json, debug } = readSettings(process.env, process.cwd());
    process.exitCode = await reportError(error, {
      json: json || asksForJson(argv),
      debug: debug || argv.includes("--debug"),
      argv,
      command,
    });
  }
}

async function run(request: Request): Promise<void> {
  switch (request.kind) {
    case "version":
      process.stdout.write(`fmg ${ownVersion()}\n`);
      return;
    case "help": {
      const { helpFor } = await import("./help.ts");
      process.stdout.write(await helpFor(request.words));
      return;
    }
    case "command": {
      const Command = await commands[request.command]!.load();
      const { oclifOptions } = await import("./oclif-config.ts");
      await Command.run([...request.args], oclifOptions);
      return;
    }
  }
}

/** Who pipes into `head` wants no stack trace, and no more output either. */
function leaveQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}
