import { createHash } from "node:crypto";
import { FmgError } from "@fmg/core";

/** Checks a clone URL: HTTPS (or HTTP for servers that are configured so), without credentials in it. */
export function parseCloneUrl(text: string): URL {
  if (/^[^/@:]+@[^/@:]+:/.test(text) || /^(git\+)?ssh:/i.test(text)) {
    throw new FmgError(
      "clone_failed",
      `The clone URL ${text} needs SSH, which FMG does not speak. Use the repository's HTTPS URL, and GITHUB_TOKEN if it is private.`,
    );
  }
  const url = URL.parse(text);
  if (url === null) throw new FmgError("clone_failed", `The clone URL "${text}" is not a URL.`);
  if (url.username !== "" || url.password !== "") {
    // Not repeated in the message: it would put the credentials into logs and statuses.
    throw new FmgError(
      "clone_failed",
      `The clone URL for ${url.host} holds credentials. Remove them from the URL, and set GITHUB_TOKEN instead.`,
    );
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw new FmgError("clone_failed", `The clone URL ${text} is neither https: nor http:.`);
  }
  return url;
}

/** The folder name of a repository's mirror: readable, and unique by the digest of the URL. */
export function mirrorName(url: URL): string {
  const path = url.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  const readable = path
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(-60);
  const digest = createHash("sha256").update(`${url.protocol}//${url.host}${path}`).digest("hex");
  return `${readable}-${digest.slice(0, 16)}`;
}
