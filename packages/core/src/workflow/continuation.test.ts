import { expect, test } from "@jest/globals";
import { judgeContinuation, type ContinuablePipeline } from "./continuation.ts";

const hour = 3_600_000;
const open: ContinuablePipeline = {
  createdAt: 1_000,
  isCanceled: false,
  isAskedByRunningJob: true,
  acceptedDigest: null,
  overriding: ["p"],
};
const wish = { digest: "one", parameters: { q: 1 } };

test.each<[string, Partial<ContinuablePipeline>, typeof wish | object, number, object]>([
  ["is continued once (R-DYN-4)", {}, {}, 2_000, { kind: "accepted" }],
  ["takes the same request again (R-DYN-12)", { acceptedDigest: "one" }, {}, 9 * hour, { kind: "repeated" }],
  [
    "takes no second one (R-DYN-4)",
    { acceptedDigest: "two" },
    {},
    2_000,
    { kind: "refused", status: 410, message: "The pipeline was continued before: that can be done once." },
  ],
  ["may be continued at six hours (R-DYN-4)", {}, {}, 1_000 + 6 * hour, { kind: "accepted" }],
  ["may not be after six hours (R-DYN-4)", {}, {}, 1_001 + 6 * hour, { kind: "refused", status: 410 }],
  ["that is canceled ends", { isCanceled: true }, {}, 2_000, { kind: "refused", status: 410 }],
  [
    "is continued by a running job alone (R-DYN-4)",
    { isAskedByRunningJob: false },
    {},
    2_000,
    { kind: "refused", status: 410 },
  ],
  [
    "keeps what its trigger set (R-DYN-5)",
    {},
    { parameters: { p: true } },
    2_000,
    { kind: "refused", status: 400, message: "Conflicting pipeline parameters." },
  ],
])("a dynamic pipeline %s", (_says, over, asked, now, expected) => {
  expect(judgeContinuation({ ...open, ...over }, { ...wish, ...asked }, now)).toMatchObject(expected);
});
