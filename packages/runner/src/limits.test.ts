import { describe, expect, test } from "@jest/globals";

import { cutLimits } from "./index.ts";

const limits = {
  memoryBytes: 8 * 2 ** 30,
  cpus: 4,
  pids: 1024,
  maxLogBytesPerStep: 1,
  jobTimeoutMs: 1,
};

describe("a job's limits", () => {
  test("stay as they are on a host that has enough", () => {
    expect(cutLimits(limits, { cpus: 4, memoryBytes: 2 ** 40 })).toEqual({ limits, notices: [] });
  });

  test("are cut to the host, and each cut is told", () => {
    expect(cutLimits(limits, { cpus: 2, memoryBytes: 2 ** 32 })).toEqual({
      limits: { ...limits, cpus: 2, memoryBytes: 2 ** 32 },
      notices: [
        "The resource class asks for 4 CPUs; this host has 2.",
        "The resource class asks for 8192 MB of memory; this host has 4096 MB.",
      ],
    });
  });
});
