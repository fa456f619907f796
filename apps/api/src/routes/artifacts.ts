import { Readable } from "node:stream";
import { posix } from "node:path";
import { artifactRoutes, routes } from "@fmg/client";
import { getArtifact, listArtifacts } from "@fmg/db";
import type { FastifyInstance } from "fastify";
import type { Adapters } from "../adapters.ts";
import { jobOr404 } from "../find.ts";
import { parseRange } from "../logs/text-log.ts";
import { ProblemDetail } from "../problem.ts";
import { checked, serve, serveRaw } from "../serve.ts";

const bytesType = "application/octet-stream";

/** The artifacts of jobs: what there is, and each one's bytes. */
export async function artifactRoutesPlugin(app: FastifyInstance, adapters: Adapters): Promise<void> {
  const { db, blobs } = adapters;

  serve(app, routes.listArtifacts, ({ params, query }) => {
    const { job } = jobOr404(db, params.id);
    const limit = query.limit ?? 100;
    const found = listArtifacts(db, job.id, { after: Number(query.cursor ?? 0), limit });
    const items = found.map(({ id, path, nodeIndex, sizeBytes }) => {
      return { id, path, nodeIndex, sizeBytes, url: `${adapters.publicUrl()}/api/v1/artifacts/${id}` };
    });
    return { items, next: items.length === limit ? String(items.at(-1)!.id) : null };
  });

  const shapes = { [bytesType]: artifactRoutes.downloadArtifact.reply };
  serveRaw(app, artifactRoutes.downloadArtifact, {
    success: { 200: shapes, 206: shapes },
    streams: true,
    handler: (request, reply) => {
      const { params } = checked<typeof artifactRoutes.downloadArtifact>(request);
      const artifact = getArtifact(db, params.id);
      if (artifact === undefined) throw new ProblemDetail("not-found", `There is no artifact ${params.id}.`);
      const { sizeBytes, digest } = artifact;
      const range = parseRange(request.headers.range, sizeBytes);
      if (range === "unsatisfiable") {
        reply.header("content-range", `bytes */${sizeBytes}`);
        throw new ProblemDetail("range-not-satisfiable", `The artifact has ${sizeBytes} bytes.`);
      }
      const { start, end } = range ?? { start: 0, end: sizeBytes };
      if (range !== undefined)
        reply.status(206).header("content-range", `bytes ${start}-${end - 1}/${sizeBytes}`);
      // A job's file is nobody's page: it is never shown in this origin. (SEC-9)
      return reply
        .type(bytesType)
        .header("accept-ranges", "bytes")
        .header("etag", `"${digest}"`)
        .header("content-length", end - start)
        .header("content-security-policy", "sandbox")
        .header("x-content-type-options", "nosniff")
        .header("content-disposition", attachment(posix.basename(artifact.path)))
        .send(Readable.from(blobs.read(digest, { from: start, to: end }), { objectMode: false }));
    },
  });
}

/** RFC 6266: any name, in letters that a header may have. */
function attachment(name: string): string {
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16)}`,
  );
  return `attachment; filename*=UTF-8''${encoded}`;
}
