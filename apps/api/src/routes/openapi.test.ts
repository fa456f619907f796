import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { artifactRoutes, logRoutes, routes, serviceRoutes, type Route } from "@fmg/client";
import { statuses } from "@fmg/core";
import { startRedis, type TestRedis } from "@fmg/testkit";

import { startApi, type TestApi } from "../testing/start-api.ts";

// The machine may be busy with other tests; each of these waits for events, not for time.
jest.setTimeout(30_000);

let redis: TestRedis;
let api: TestApi;
let description: {
  openapi: string;
  paths: Record<
    string,
    Record<
      string,
      { security?: unknown; responses: Record<string, unknown>; parameters?: { name: string }[] }
    >
  >;
};

beforeAll(async () => {
  redis = await startRedis();
  api = await startApi(redis);
  description = (await api.app.inject("/openapi.json")).json();
});
afterAll(async () => {
  await api.close();
  await redis.close();
});

const all: readonly Route[] = [routes, logRoutes, artifactRoutes, serviceRoutes].flatMap((table) =>
  Object.values(table),
);

const asTemplate = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");

describe("/openapi.json", () => {
  test("describes exactly the routes of the contract", () => {
    const described = Object.entries(description.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );

    expect(description.openapi).toBe("3.1.0");
    expect(described.sort()).toEqual(all.map(({ method, path }) => `${method} ${asTemplate(path)}`).sort());
  });

  test.each(all.map((route) => [`${route.method} ${route.path}`, route] as const))(
    "tells of %s what it takes, what it answers and whether it needs a token",
    (_, route) => {
      const described = description.paths[asTemplate(route.path)]?.[route.method.toLowerCase()];

      expect(Object.keys(described?.responses ?? {})).toEqual(
        expect.arrayContaining([String(route.status ?? 200), "4XX", "5XX"]),
      );
      expect(described?.security !== undefined).toBe(route.policy !== "open" && route.policy !== "signature");
      const names = described?.parameters?.map(({ name }) => name) ?? [];
      expect(names).toEqual(
        expect.arrayContaining([...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name)),
      );
    },
  );

  test("leaves no route of the server undescribed, but the pages that show it", () => {
    const served = api.app.printRoutes({ commonPrefix: false, includeHooks: false });
    const known = all.map(({ path }) => path);
    const paths = routesIn(served).filter((path) => !path.startsWith("/docs"));

    expect(paths.filter((path) => !known.includes(path))).toEqual([]);
    expect(paths.length).toBeGreaterThanOrEqual(new Set(known).size);
  });

  test("can be read and tried at /docs, under a policy that runs no foreign script", async () => {
    const page = await api.app.inject("/docs/");

    expect(page.statusCode).toBe(200);
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.headers["content-security-policy"]).toContain("script-src 'self'");
    expect(page.body).not.toMatch(/<script>(?!\s*<)/);
  });
});

describe("the contract", () => {
  test("has the words that core has for how things stand", () => {
    const query = routes.listPipelines.query.properties.status as unknown as { enum: string[] };

    expect(query.enum).toEqual([...statuses]);
  });
});

/** The full paths of Fastify's tree of routes. */
function routesIn(tree: string): string[] {
  const above: string[] = [];
  return tree.split("\n").flatMap((line) => {
    const [, indent, part, methods] = /^([│ ]*)[├└]── (\S*)(?: \((.+)\))?$/.exec(line) ?? [];
    if (indent === undefined || part === undefined) return [];
    const depth = indent.length / 4;
    above.splice(depth, above.length, part);
    return methods === undefined ? [] : [above.join("")];
  });
}
