import { createHash } from "node:crypto";
import { serviceRoutes } from "@fmg/client";
import { branchState, findProject, type Db } from "@fmg/db";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Adapters } from "../adapters.ts";
import { badgeSvg, type Badge } from "../badge.ts";
import { checked, serveRaw } from "../serve.ts";

const svgType = "image/svg+xml";

/**
 * A branch's state as a picture. Without a token only for the repositories that the operator made public: for all others
 * the answer is the same, whether FMG knows them or not.
 */
export async function badgeRoutes(app: FastifyInstance, { db, publicBadges }: Adapters): Promise<void> {
  const isPublic = (request: FastifyRequest): boolean => {
    const { owner, repo } = request.params as { owner: string; repo: string };
    return publicBadges(`${owner}/${repo}`);
  };
  serveRaw(app, serviceRoutes.badge, {
    success: { 200: { [svgType]: serviceRoutes.badge.reply } },
    openTo: isPublic,
    handler: (request, reply) => {
      const { params, query } = checked<typeof serviceRoutes.badge>(request);
      const badge = badgeOf(db, { ...params, branch: query.branch });
      void reply.header("cache-control", isPublic(request) ? "no-cache" : "private, no-cache");
      return sendBadge(badge, request.headers["if-none-match"] ?? "", reply);
    },
  });
}

function badgeOf(
  db: Db,
  { owner, repo, branch }: { owner: string; repo: string; branch: string | undefined },
): Badge {
  const project = findProject(db, { owner, name: repo });
  const shown = branch ?? project?.defaultBranch ?? "";
  const about = `${owner}/${repo} ${shown}`.trim();
  const state = project && branchState(db, { projectId: project.id, branch: shown });
  return { state: state ?? "unknown", about };
}

/** A badge of yesterday is worse than none: it is asked for anew each time, and answered with 304 where it is the same. */
function sendBadge(badge: Badge, ifNoneMatch: string, reply: FastifyReply): FastifyReply {
  const svg = badgeSvg(badge);
  const etag = `"${createHash("sha256").update(svg).digest("base64url").slice(0, 22)}"`;
  // Other sites show it.
  void reply.header("etag", etag).header("cross-origin-resource-policy", "cross-origin");
  const known = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known.includes(etag) || known.includes("*")) return reply.status(304).send();
  return reply.type(`${svgType}; charset=utf-8`).send(svg);
}
