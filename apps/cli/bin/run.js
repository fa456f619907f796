#!/usr/bin/env node
// Plain JavaScript that an old Node parses too: the version is checked before anything else is loaded.
import { existsSync } from "fs";
import * as module from "module";

const major = Number(process.versions.node.split(".")[0]);
if (major < 24) {
  process.stderr.write(
    "Error: fmg needs Node.js 24 or newer, and this is " +
      process.versions.node +
      " (" +
      process.execPath +
      ")\n" +
      "  Install Node.js 24, or in a checkout of FMG: ./scripts/test.sh brings its own into .tools/\n",
  );
  process.exit(2);
}

// The built CLI where there is one; in a fresh checkout, or under --conditions=@fmg/source, the sources themselves.
const condition = "@fmg/source";
const asked = process.execArgv.some((argument) => argument.includes(condition));
const built = new URL("../dist/main.js", import.meta.url);
if (!asked && existsSync(built)) {
  const { main } = await import(built.href);
  await main();
} else {
  // A hook in this process is quicker than a second Node with the flag, and keeps Ctrl-C and exit codes as they are.
  if (!asked) {
    module.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, condition] }),
    });
  }
  const { main } = await import(new URL("../src/main.ts", import.meta.url).href);
  await main();
}
