import { describe, expect, test } from "@jest/globals";

import { findJob, jobLabel, jobsOfWorkflow, quoted, severalJobs } from "./choose-job.ts";
import { aJob } from "./testing/builders.ts";

const nightly = { id: 2, name: "nightly" };
const build = aJob({ id: 1, name: "build" });
const builder = aJob({ id: 2, name: "builder" });
const unit = aJob({ id: 3, uuid: "uuid-3abc", name: "unit test" });
const nightlyBuild = aJob({ id: 4, name: "build", workflow: nightly });
const clean = aJob({ id: 5, name: "clean", workflow: nightly });

describe("a job", () => {
  test.each([
    ["build", build],
    ["builder", builder],
    ["builde", builder],
    ["unit test", unit],
    ["u", unit],
    ["ci/build", build],
    ["ci/u", unit],
    ["uuid-3a", unit],
  ])("is named by %s", (name, job) => {
    expect(findJob([build, builder, unit], name, 5)).toEqual({ job, attempt: undefined });
  });

  test("with a number behind it is one of its attempts, unless it is called so", () => {
    const odd = aJob({ id: 6, name: "build:2" });
    expect(findJob([build, unit], "build:2", 5)).toEqual({ job: build, attempt: 2 });
    expect(findJob([build, unit], "ci/u:3", 5)).toEqual({ job: unit, attempt: 3 });
    expect(findJob([build, odd], "build:2", 5)).toEqual({ job: odd, attempt: undefined });
  });

  test("of a workflow is one of all that the workflow has; a mistyped one gets the nearest", () => {
    const jobs = [build, nightlyBuild, clean];
    expect(jobsOfWorkflow(jobs, "nightly", 5, "fmg rerun")).toEqual([nightlyBuild, clean]);
    expect(() => jobsOfWorkflow(jobs, "nigthly", 5, "fmg rerun")).toThrow(
      expect.objectContaining({
        code: "not-found",
        hints: ["Did you mean:  fmg rerun 5 nightly/", "Its workflows:  ci, nightly"],
      }),
    );
  });

  test.each([
    ["ci/build", build],
    ["nightly/b", nightlyBuild],
    ["cl", clean],
  ])("of several workflows is named by %s", (name, job) => {
    expect(findJob([build, nightlyBuild, clean], name, 5).job).toBe(job);
  });

  test("whose name stands in two workflows is shown with its workflow", () => {
    const jobs = [build, nightlyBuild, clean];
    expect(jobs.map((job) => jobLabel(job, jobs))).toEqual(["ci/build", "nightly/build", "clean"]);
    expect(() => findJob(jobs, "build", 5)).toThrow(
      '"build" means 2 jobs of pipeline 5: ci/build, nightly/build',
    );
  });

  test("that does not exist gets the nearest one and the list", () => {
    expect(() => findJob([build, unit], "biuld", 5)).toThrow(
      expect.objectContaining({
        code: "not-found",
        hints: ["Did you mean:  fmg logs 5 build", "Its jobs:  build, unit test"],
      }),
    );
  });

  test("is quoted where a shell would take it apart", () => {
    expect(severalJobs([unit, build], 5).hints).toEqual(["Name one: fmg logs 5 'unit test'"]);
    expect(quoted("it's")).toBe("'it'\\''s'");
  });
});
