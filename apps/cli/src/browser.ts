import { spawn } from "node:child_process";

import type { Ui } from "./ui.ts";

/**
 * Opens an address in the person's browser (`BROWSER`, or what the system has), and prints it for those who have none here.
 */
export async function openInBrowser(ui: Ui, url: string): Promise<void> {
  if (ui.json) return ui.document({ url });
  await ui.line(url);
  const [command, ...args] = browserCommand(process.env["BROWSER"], process.platform);
  const opened = await new Promise<boolean>((resolve) => {
    const browser = spawn(command, [...args, url], { stdio: "ignore", detached: true });
    browser.once("error", () => resolve(false));
    browser.once("spawn", () => {
      browser.unref();
      resolve(true);
    });
  });
  if (!opened) ui.note(`${command} could not be started: open the address yourself.`);
}

function browserCommand(
  named: string | undefined,
  platform: NodeJS.Platform,
): readonly [string, ...string[]] {
  if (named !== undefined && named !== "") return [named];
  if (platform === "darwin") return ["open"];
  return platform === "win32" ? ["explorer.exe"] : ["xdg-open"];
}
