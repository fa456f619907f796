import { createClient, type Client } from "@fmg/client";
import { Command } from "@oclif/core/command";
import { boolean, string } from "@oclif/core/flags";

import { explain } from "./server-errors.ts";
import { readSettings } from "./settings.ts";
import { findServer, type Server } from "./sign-in.ts";
import { readTemplate } from "./template.ts";
import { openUi, type Ui } from "./ui.ts";

const helpGroup = "EVERYWHERE";

/** The flags that every command takes, also before its name. */
const globals = {
  "server-url": string({ helpGroup, helpValue: "<url>", description: "the server; else FMG_SERVER_URL" }),
  profile: string({ helpGroup, helpValue: "<name>", description: "a server that fmg login knows" }),
  "token-file": string({
    helpGroup,
    helpValue: "<file>",
    description: "a file with the token; else FMG_TOKEN",
  }),
  json: boolean({ helpGroup, description: "JSON instead of text" }),
  plain: boolean({ helpGroup, description: "fields between tabs: nothing is aligned, cut or coloured" }),
  color: boolean({ helpGroup, allowNo: true, description: "colours on or off, whatever the terminal" }),
  "no-input": boolean({ helpGroup, description: "never ask; a missing argument is an error" }),
  quiet: boolean({ helpGroup, char: "q", description: "ids only, and no notes" }),
  debug: boolean({ helpGroup, description: "each request on stderr" }),
};

/** What a command works with. */
export interface Session {
  readonly ui: Ui;
  readonly client: Client;
  readonly server: Server;
}

/** The values of the flags that every command takes. */
export interface GlobalFlags {
  readonly "server-url"?: string | undefined;
  readonly profile?: string | undefined;
  readonly "token-file"?: string | undefined;
  readonly json: boolean;
  readonly plain: boolean;
  /** Of commands that list or show things. */
  readonly format?: string | undefined;
  readonly color?: boolean | undefined;
  readonly "no-input": boolean;
  readonly quiet: boolean;
  readonly debug: boolean;
}

/** A command of fmg: the globals, the server behind them, and errors in one form. */
export abstract class FmgCommand extends Command {
  static override baseFlags = globals;

  /** Opens the output, for a command that needs no server. */
  protected openUi(flags: GlobalFlags): Ui {
    const settings = readSettings(process.env, process.cwd());
    const template = flags.format === undefined ? undefined : readTemplate(flags.format);
    return openUi({
      // Who gives a template on the command line wants no JSON, whatever the environment says.
      json: flags.json || (settings.json && template === undefined),
      quiet: flags.quiet,
      plain: flags.plain,
      template,
      colorFlag: flags.color,
      environment: settings.color,
      noInput: flags["no-input"] || settings.ci,
    });
  }

  /** Opens the output and the server, does the work, and explains what the server refused. */
  protected async withServer<T>(flags: GlobalFlags, work: (session: Session) => Promise<T>): Promise<T> {
    const settings = readSettings(process.env, process.cwd());
    const wanted = { serverUrl: flags["server-url"], tokenFile: flags["token-file"], profile: flags.profile };
    return this.withServerAt(await findServer(wanted, settings), flags, work);
  }

  /** The same with a server that is known already. */
  protected async withServerAt<T>(
    server: Server,
    flags: GlobalFlags,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const ui = this.openUi(flags);
    const { debug } = readSettings(process.env, process.cwd());
    try {
      return await work({ ui, client: openClient(server, flags.debug || debug), server });
    } catch (thrown) {
      throw explain(thrown, server);
    }
  }

  /** Errors are told in one place, by `main`. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}

function openClient(server: Server, debug: boolean): Client {
  return createClient({
    serverUrl: server.url,
    ...(server.token === undefined ? {} : { token: server.token }),
    ...(debug ? { fetch: toldFetch } : {}),
  });
}

/** Tells each request on stderr; never its headers, for the token is one of them. */
const toldFetch: typeof fetch = async (input, init) => {
  const start = performance.now();
  const told = (outcome: string): void => {
    const ms = Math.round(performance.now() - start);
    process.stderr.write(`${init?.method ?? "GET"} ${addressOf(input)} ${outcome} ${ms} ms\n`);
  };
  try {
    const response = await fetch(input, init);
    const id = response.headers.get("x-request-id");
    told(id === null ? String(response.status) : `${response.status} request ${id}`);
    return response;
  } catch (error) {
    told("no answer");
    throw error;
  }
};

function addressOf(input: Parameters<typeof fetch>[0]): string {
  if (typeof input === "string") return input;
  return input instanceof URL ? input.href : input.url;
}
