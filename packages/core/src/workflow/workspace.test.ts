import { expect, test } from "@jest/globals";

import { aJob, aWorkflow } from "../testing/builders.ts";
import { upstreamJobs, visibleLayers } from "./workspace.ts";

/** build → test-a, test-b → deploy; lint stands alone. */
const plan = aWorkflow(
  aJob("build"),
  aJob("lint"),
  aJob("test-a", { needs: ["build"] }),
  aJob("test-b", { needs: ["build"] }),
  aJob("deploy", { needs: ["test-a", "test-b"] }),
);
const layer = (job: string, paths: readonly string[], nodeIndex = 0) => ({ job, nodeIndex, paths });

test("a job sees the layers of the jobs upstream, near and far, in order (R-WS-4)", () => {
  const layers = [layer("lint", ["l"]), layer("build", ["b"]), layer("test-a", ["a"])];
  expect([...upstreamJobs(plan, "deploy")].sort()).toEqual(["build", "test-a", "test-b"]);
  expect(visibleLayers(plan, "deploy", layers)).toEqual({ kind: "layers", layers: layers.slice(1) });
  expect(visibleLayers(plan, "build", layers)).toEqual({ kind: "layers", layers: [] });
});

test.each([
  ["two jobs side by side", [layer("test-a", ["x", "y"]), layer("test-b", ["y"])], ["y"]],
  ["two nodes of one job", [layer("test-a", ["x"], 0), layer("test-a", ["x"], 1)], ["x"]],
  ["a job and one upstream of it", [layer("build", ["x"]), layer("test-a", ["x"])], undefined],
  ["two steps of one job", [layer("build", ["x"]), layer("build", ["x"])], undefined],
])("the same file of %s is a conflict only where no order says who wins (R-WS-5)", (_name, layers, paths) => {
  const seen = visibleLayers(plan, "deploy", layers);
  expect(seen).toEqual(paths === undefined ? { kind: "layers", layers } : { kind: "conflict", paths });
});
