import {
  any,
  anyScalar,
  choice,
  flag,
  integer,
  list,
  map,
  matching,
  nothing,
  oneOf,
  orNothing,
  text,
  textLike,
  type ListShape,
  type MapShape,
  type Shape,
} from "../shape.ts";
import { environment, shell } from "./executors.ts";

const displayName = [textLike, "Shown instead of the default name."] as const;
const when = [
  oneOf("on_success", "always", "on_fail"),
  "Whether the step runs when an earlier one failed.",
  "R-STAT-2",
] as const;
const paths = choice(textLike, list(textLike, { atLeast: 1, expected: "a list of paths" }));

// A key that a step does not know is a warning: real configs have such keys, and they do no harm. (R-TOP-3)
function body(fields: Parameters<typeof map>[0], required: readonly string[] = []): MapShape {
  return map(fields, { required, others: "warning", expected: "a map" });
}

const run = choice(
  { ...textLike, expected: "a command" },
  body(
    {
      command: [textLike, "What the shell runs.", "R-RUN-1"],
      name: displayName,
      shell: [shell, "The shell of this step.", "R-SH-1"],
      environment: [environment, "Variables of this step.", "R-RUN-4"],
      background: [flag, "Do not wait for the end of the step.", "R-RUN-3"],
      working_directory: [textLike, "Where the step runs.", "R-WD-3"],
      no_output_timeout: [
        { ...textLike, types: ["string", "integer", "float"], expected: 'a duration such as "10m"' },
        "How long the step may be silent.",
        "R-RUN-2",
      ],
      when,
      max_auto_reruns: [
        integer({ minimum: 1, maximum: 5, expected: "a number from 1 to 5" }),
        "How often a failing step is run again.",
        "R-RUN-7",
      ],
      auto_rerun_delay: [
        matching(/^((10|[1-9])m|([1-9][0-9]*)s)$/, 'a duration of at most ten minutes such as "30s"'),
        "The pause before a rerun.",
        "R-RUN-7",
      ],
    },
    ["command"],
  ),
);

const bareOr = (shape: MapShape) => choice(nothing, shape);

const conditional = (): MapShape =>
  map(
    {
      condition: [any, "A value or a logic statement, decided at compile time.", "R-LOGIC-9"],
      steps: [
        choice(text, stepList(), map({}, { others: any, expected: "a step" })),
        "The steps that run if the condition holds.",
        "R-STEP-6",
      ],
    },
    { required: ["condition", "steps"], expected: "a map of `condition` and `steps`" },
  );

/** The bodies of the built-in steps. (Section 7.1) */
export const builtInSteps: ReadonlyMap<string, Shape | (() => Shape)> = new Map<
  string,
  Shape | (() => Shape)
>([
  ["run", run],
  ["deploy", run],
  [
    "checkout",
    bareOr(
      body({
        path: [textLike, "Where the sources go.", "R-CO-1"],
        method: [oneOf("blobless", "full", "shallow"), "How much of the history comes along.", "R-CO-3"],
        depth: [
          integer({ minimum: 1, expected: "a number of commits" }),
          "Commits of a shallow checkout.",
          "R-CO-3",
        ],
        name: displayName,
      }),
    ),
  ],
  [
    "setup_remote_docker",
    bareOr(
      body({
        version: [anyScalar, "The version of Docker."],
        docker_layer_caching: [flag, "Keep Docker's layers between jobs."],
        prefer_same_region: [flag, "Has no effect here."],
        resource_class: [any, "Has no effect."],
        name: displayName,
      }),
    ),
  ],
  [
    "save_cache",
    body(
      {
        key: [textLike, "Under what the files are kept.", "R-CACHE-1"],
        paths: [paths, "Files and directories.", "R-CACHE-6"],
        name: displayName,
        when,
      },
      ["key", "paths"],
    ),
  ],
  [
    "restore_cache",
    body({
      key: [textLike, "The key to look for first.", "R-CACHE-4"],
      keys: [
        list(textLike, { atLeast: 1, expected: "a list of keys" }),
        "The keys to look for, in order.",
        "R-CACHE-4",
      ],
      name: displayName,
    }),
  ],
  [
    "store_artifacts",
    body(
      {
        path: [textLike, "A file or a directory.", "R-ART-1"],
        destination: [textLike, "Where it goes among the artifacts.", "R-ART-2"],
        name: displayName,
      },
      ["path"],
    ),
  ],
  [
    "store_test_results",
    body({ path: [textLike, "A file or a directory of JUnit XML.", "R-TEST-1"], name: displayName }, [
      "path",
    ]),
  ],
  [
    "persist_to_workspace",
    body(
      {
        root: [textLike, "What the paths are relative to.", "R-WS-2"],
        paths: [paths, "Files and directories, as patterns.", "R-WS-2"],
        name: displayName,
      },
      ["root", "paths"],
    ),
  ],
  ["attach_workspace", body({ at: [textLike, "Where the files go.", "R-WS-6"], name: displayName }, ["at"])],
  [
    "add_ssh_keys",
    bareOr(
      body({
        fingerprints: [
          list(textLike, { expected: "a list of fingerprints" }),
          "Which keys; all unless set.",
          "R-SSH-1",
        ],
        name: displayName,
      }),
    ),
  ],
  ["install_signing_bundle", choice(orNothing(textLike), body({}))],
  ["when", conditional],
  ["unless", conditional],
  ["steps", () => choice(text, stepList())],
]);

/** A step is a name, or a map of a name to its body or arguments. (R-STEP-1) */
export const step: Shape = choice(
  { ...text, expected: "a step's name" },
  map({}, { others: any, expected: "a map of a step's name to its body" }),
);

/** A list of steps; their bodies are checked by name. */
export function stepList(): ListShape {
  return list(step, { expected: "a list of steps" });
}
