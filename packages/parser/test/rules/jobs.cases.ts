import { config, J, jobsAnd, oneJob, runs, workflow, type RuleCase } from "./rule-case.ts";

/** A job with the given keys beside docker and steps. */
const withKeys = (keys: string) => oneJob(`{docker: [{image: a}], steps: [checkout], ${keys}}`);
/** A job whose only step is the given one. */
const step = (text: string) => oneJob(`{docker: [{image: a}], steps: [${text}]}`);
const image = (keys: string) => oneJob(`{docker: [{image: a, ${keys}}], steps: [checkout]}`);

/** The keys of jobs and steps: sections 6, 7 and the tables 13.7 and 13.9. */
export const jobCases: readonly RuleCase[] = [
  {
    rules: ["R-JOBK-1"],
    says: "a job needs an executor",
    config: oneJob("{steps: [checkout]}"),
    expect: { error: "no executor" },
  },
  {
    rules: ["R-JOBK-1"],
    says: "a job needs steps",
    config: oneJob("{docker: [{image: a}]}"),
    expect: { error: "`steps`" },
  },
  {
    rules: ["R-JOBK-1"],
    says: "a job without a step is a warning",
    config: oneJob("{docker: [{image: a}], steps: []}"),
    expect: { steps: [], warning: "no steps" },
  },
  {
    rules: ["R-JOBK-1"],
    says: "`branches` of a job have no effect where there are workflows",
    config: withKeys("branches: {only: dev}"),
    expect: { jobs: ["j"] },
  },
  {
    rules: ["R-JOBK-1"],
    says: "`branches` of a version 2 job filter it where there are none",
    config: "version: 2\njobs: {build: {branches: {only: dev}, docker: [{image: a}], steps: [checkout]}}\n",
    expect: { jobs: [] },
  },
  {
    rules: ["R-JOBK-2"],
    says: "a job definition has no filters",
    config: withKeys("filters: {branches: {only: dev}}"),
    expect: { error: "extraneous key [filters]" },
  },
  {
    rules: ["R-DKR-1"],
    says: "an image needs a name",
    config: oneJob("{docker: [{name: x}], steps: [checkout]}"),
    expect: { error: "`image`" },
  },
  {
    rules: ["R-DKR-1", "R-DKR-3"],
    says: "the first image is the primary, the others are services with names",
    config: oneJob("{docker: [{image: a}, {image: db, name: pg, user: postgres}], steps: [checkout]}"),
    expect: {
      job: {
        executor: { kind: "docker", images: [{ image: "a" }, { image: "db", name: "pg", user: "postgres" }] },
      },
    },
  },
  {
    rules: ["R-DKR-2"],
    says: "an entrypoint in one line is cut into words by quotes",
    config: image("entrypoint: 'sh -c \"echo a\"'"),
    expect: { job: { executor: { images: [{ entrypoint: ["sh", "-c", "echo a"] }] } } },
  },
  {
    rules: ["R-DKR-2"],
    says: "a command as a list keeps its words",
    config: image("command: [redis-server, --port, 7000]"),
    expect: { job: { executor: { images: [{ command: ["redis-server", "--port", "7000"] }] } } },
  },
  {
    rules: ["R-DKR-4", "R-DKR-5"],
    says: "an image's variables are its own",
    config: image("environment: {A: $PW}"),
    expect: {
      job: { environment: [], executor: { images: [{ environment: [{ name: "A", value: "$PW" }] }] } },
    },
  },
  {
    rules: ["R-ENV-5"],
    says: "credentials keep the names of their variables",
    config: image("auth: {username: u, password: $PASSWORD}"),
    expect: {
      job: {
        executor: {
          images: [
            {
              auth: {
                kind: "basic",
                values: [
                  { name: "username", value: "u" },
                  { name: "password", value: "$PASSWORD" },
                ],
              },
            },
          ],
        },
      },
    },
  },
  {
    rules: ["R-MCH-1"],
    says: "`machine: true` and an image's name are machines",
    config: config(
      "jobs: {a: {machine: true, resource_class: ns/name, steps: [checkout]}, b: {machine: ubuntu-2404:current, steps: [checkout]}}",
      workflow("a, b"),
    ),
    expect: { job: { executor: { kind: "machine" } }, jobs: ["a", "b"] },
  },
  {
    rules: ["R-MCH-1"],
    says: "a pool of runners has no image",
    config: oneJob("{machine: {image: i}, resource_class: ns/name, steps: [checkout]}"),
    expect: { error: "runner" },
  },
  {
    rules: ["R-MAC-1"],
    says: "a macOS job compiles, with a warning",
    config: oneJob("{macos: {xcode: 16.0.0}, steps: [checkout]}"),
    expect: { job: { executor: { kind: "macos", xcode: "16.0.0" } }, warning: "macOS host" },
  },
  {
    rules: ["R-MCH-2"],
    says: "a Windows machine compiles, with a warning",
    config: oneJob(
      "{machine: {image: windows-server-2022-gui:current}, resource_class: windows.medium, steps: [checkout]}",
    ),
    expect: { job: { executor: { kind: "machine" } }, warning: "Windows host" },
  },
  {
    rules: ["R-RC-1"],
    says: "without a class the operator's default counts",
    config: withKeys("shell: sh"),
    expect: { job: { parallelism: 1 } },
  },
  {
    rules: ["R-RC-2"],
    says: "an unknown class is an error",
    config: withKeys("resource_class: lrage"),
    expect: { error: "no resource class `lrage`" },
  },
  {
    rules: ["R-RC-2"],
    says: "the operator's classes are known",
    config: withKeys("resource_class: big-iron"),
    input: { resourceClasses: ["big-iron"] },
    expect: { job: { resourceClass: "big-iron" } },
  },
  {
    rules: ["R-PAR-5"],
    says: "a job has at most 100 tasks",
    config: withKeys("parallelism: 101"),
    expect: { error: "at most 100" },
  },
  {
    rules: ["R-PAR-6"],
    says: "`deploy` is a run step in one task",
    config: step("{deploy: {command: d}}"),
    expect: { commands: ["d"] },
  },
  {
    rules: ["R-PAR-6"],
    says: "`deploy` in several tasks is an error",
    config: oneJob("{docker: [{image: a}], parallelism: 2, steps: [{deploy: {command: d}}]}"),
    expect: { error: "`deploy`" },
  },
  {
    rules: ["R-WD-1", "R-WD-2", "R-WD-4"],
    says: "a working directory stays as written",
    config: withKeys("working_directory: $HOME/app"),
    expect: { job: { workingDirectory: "$HOME/app" } },
  },
  {
    rules: ["R-WD-3"],
    says: "a step may have its own",
    config: step("{run: {command: c, working_directory: sub}}"),
    expect: { job: { workingDirectory: "~/project", steps: [{ workingDirectory: "sub" }] } },
  },
  {
    rules: ["R-SH-1"],
    says: "a step's shell stands beside the job's",
    config: oneJob(
      "{docker: [{image: a}], shell: /bin/bash -l, steps: [{run: {command: c, shell: python3}}]}",
    ),
    expect: { job: { shell: ["/bin/bash", "-l"], steps: [{ shell: ["python3"] }] } },
  },
  {
    rules: ["R-RET-1"],
    says: "caches are kept for days",
    config: withKeys("retention: {caches: 12h}"),
    expect: { error: "number of days" },
  },
  {
    rules: ["R-RET-1"],
    says: "caches are kept for up to 15 days",
    config: withKeys('retention: {caches: "7d"}'),
    expect: { job: { cacheRetentionDays: 7 } },
  },
  {
    rules: ["R-RET-1"],
    says: "retention is a map",
    config: withKeys('retention: "7d"'),
    expect: { error: "`retention` must be a map" },
  },

  {
    rules: ["R-STAT-2"],
    says: "`when` is one of three words",
    config: step("{run: {command: a, when: never}}"),
    expect: { error: "`when` must be one of" },
  },
  {
    rules: ["R-STAT-2"],
    says: "`when` may be a parameter",
    config: oneJob(
      "{docker: [{image: a}], steps: [{c: {w: on_fail}}]}",
      "commands: {c: {parameters: {w: {type: string}}, steps: [{run: {command: a, when: << parameters.w >>}}]}}",
    ),
    expect: { job: { steps: [{ when: "on_fail" }] } },
  },
  {
    rules: ["R-STAT-6", "R-ART-1", "R-ART-2"],
    says: "uploads run always",
    config: step("{store_artifacts: {path: out, destination: d}}, {store_test_results: {path: junit}}"),
    expect: {
      job: {
        steps: [
          { kind: "store-artifacts", when: "always", path: "out", destination: "d" },
          { kind: "store-test-results", when: "always", path: "junit" },
        ],
      },
    },
  },
  {
    rules: ["R-TEST-1"],
    says: "test results need a path",
    config: step("{store_test_results: {}}"),
    expect: { error: "`path`" },
  },
  {
    rules: ["R-RUN-1"],
    says: "a command is its own name",
    config: step("{run: echo hi}"),
    expect: { job: { steps: [{ name: "echo hi", command: "echo hi" }] } },
  },
  {
    rules: ["R-RUN-1"],
    says: "`run` needs a command",
    config: step("{run: }"),
    expect: { error: "`run` must be a command" },
  },
  {
    rules: ["R-RUN-1"],
    says: "a map without a command is an error",
    config: step("{run: {name: x}}"),
    expect: { error: "needs the key `command`" },
  },
  {
    rules: ["R-RUN-2"],
    says: "a time has a number and a unit",
    config: step("{run: {command: a, no_output_timeout: 1.25h}}"),
    expect: { job: { steps: [{ noOutputTimeoutMs: 4_500_000 }] } },
  },
  {
    rules: ["R-RUN-2"],
    says: "a time without a unit is seconds, with a warning",
    config: step("{run: {command: a, no_output_timeout: 900}}"),
    expect: { job: { steps: [{ noOutputTimeoutMs: 900_000 }] }, warning: "no unit" },
  },
  {
    rules: ["R-RUN-2"],
    says: "a time that is none is an error",
    config: step("{run: {command: a, no_output_timeout: soon}}"),
    expect: { error: "duration" },
  },
  {
    rules: ["R-RUN-3"],
    says: "a step in the background is marked",
    config: step("{run: {command: a, background: true}}"),
    expect: { job: { steps: [{ background: true }] } },
  },
  {
    rules: ["R-RUN-4"],
    says: "a step's variables may be a list",
    config: step("{run: {command: a, environment: [A=b, {C: d}]}}"),
    expect: {
      job: {
        steps: [
          {
            environment: [
              { name: "A", value: "b" },
              { name: "C", value: "d" },
            ],
          },
        ],
      },
    },
  },
  {
    rules: ["R-RUN-5"],
    says: "several lines are one command",
    config: step('{run: "a\\nb\\n"}'),
    expect: { commands: ["a\nb\n"] },
  },
  {
    rules: ["R-RUN-7"],
    says: "a delay needs a number of reruns",
    config: step("{run: {command: a, auto_rerun_delay: 10s}}"),
    expect: { error: "needs `max_auto_reruns`" },
  },
  {
    rules: ["R-RUN-7"],
    says: "a delay is at most ten minutes",
    config: step("{run: {command: a, max_auto_reruns: 3, auto_rerun_delay: 11m}}"),
    expect: { error: "ten minutes" },
  },
  {
    rules: ["R-RUN-7"],
    says: "a delay in seconds is at most ten minutes, too",
    config: step("{run: {command: a, max_auto_reruns: 3, auto_rerun_delay: 601s}}"),
    expect: { error: "ten minutes" },
  },
  {
    rules: ["R-RUN-7", "R-RUN-3"],
    says: "a step in the background is not run again",
    config: step("{run: {command: a, background: true, max_auto_reruns: 2}}"),
    expect: { error: "in the background" },
  },
  {
    rules: ["R-RUN-7"],
    says: "reruns are kept",
    config: step("{run: {command: a, max_auto_reruns: 3, auto_rerun_delay: 1m}}"),
    expect: { job: { steps: [{ maxAutoReruns: 3, autoRerunDelayMs: 60_000 }] } },
  },
  {
    rules: ["R-TOP-3"],
    says: "a stray key in a step is a warning",
    config: step("{run: {command: a, description: x}}"),
    expect: { commands: ["a"], warning: "description" },
  },
  {
    rules: ["R-CO-1"],
    says: "a checkout goes where it is told",
    config: step("{checkout: {path: ~/src}}"),
    expect: { job: { steps: [{ kind: "checkout", path: "~/src", method: "blobless" }] } },
  },
  {
    rules: ["R-CO-3"],
    says: "a depth goes with shallow only",
    config: step("{checkout: {method: full, depth: 3}}"),
    expect: { error: "depth" },
  },
  {
    rules: ["R-CO-3"],
    says: "shallow needs a depth",
    config: step("{checkout: {method: shallow}}"),
    expect: { error: "`depth`" },
  },
  {
    rules: ["R-SRD-1"],
    says: "one remote Docker is enough",
    config: step("setup_remote_docker, setup_remote_docker"),
    expect: { error: "More than one setup_remote_docker" },
  },
  {
    rules: ["R-SRD-1"],
    says: "a machine keeps the step, with a warning",
    config: oneJob("{machine: {image: i}, steps: [setup_remote_docker]}"),
    expect: {
      steps: ["setup-remote-docker"],
      warning: "has Docker already",
      compiled: { jobs: { j: { steps: ["setup_remote_docker"] } } },
    },
  },
  {
    rules: ["R-SRD-3", "R-SRD-4"],
    says: "a version and layer caching are kept",
    config: step(
      "{setup_remote_docker: {version: 24.0.9, docker_layer_caching: true, resource_class: large}}",
    ),
    expect: { job: { steps: [{ version: "24.0.9", dockerLayerCaching: true }] } },
  },
  {
    rules: ["R-CACHE-1"],
    says: "a key's `{{ }}` are left for the run",
    config: step('{save_cache: {key: "v1-<< pipeline.number >>-{{ checksum \\"a\\" }}", paths: [x]}}'),
    expect: {
      job: {
        steps: [
          {
            kind: "save-cache",
            key: {
              text: 'v1-7-{{ checksum "a" }}',
              parts: [
                { kind: "text", text: "v1-7-" },
                { kind: "checksum", path: "a" },
              ],
            },
          },
        ],
      },
    },
  },
  {
    rules: ["R-CACHE-1"],
    says: "all templates of keys are known",
    config: step(
      "{restore_cache: {keys: ['{{ .Branch }}{{ .BuildNum }}{{.Revision}}{{ .CheckoutKey }}{{ .Environment.A }}{{ epoch }}{{ arch }}']}}",
    ),
    expect: {
      job: {
        steps: [
          {
            keys: [
              {
                parts: [
                  { name: "Branch" },
                  { name: "BuildNum" },
                  { name: "Revision" },
                  { name: "CheckoutKey" },
                  { kind: "environment", name: "A" },
                  { name: "epoch" },
                  { name: "arch" },
                ],
              },
            ],
          },
        ],
      },
    },
  },
  {
    rules: ["R-CACHE-4"],
    says: "`key` comes before `keys`",
    config: step("{restore_cache: {key: a, keys: [b, c]}}"),
    expect: { job: { steps: [{ keys: [{ text: "a" }, { text: "b" }, { text: "c" }] }] } },
  },
  {
    rules: ["R-CACHE-4"],
    says: "restoring needs a key",
    config: step("{restore_cache: {name: x}}"),
    expect: { error: "`key` or `keys`" },
  },
  {
    rules: ["R-CACHE-6"],
    says: "paths are kept as written",
    config: step("{save_cache: {key: k, paths: ['~/.m2', node_modules/*]}}"),
    expect: { job: { steps: [{ paths: ["~/.m2", "node_modules/*"] }] } },
  },
  {
    rules: ["R-CACHE-9"],
    says: "saving may wait for a failure",
    config: step("{save_cache: {key: k, paths: [x], when: on_fail}}"),
    expect: { job: { steps: [{ when: "on_fail" }] } },
  },
  {
    rules: ["R-CACHE-12"],
    says: "an unknown template of a key is a warning",
    config: step("{save_cache: {key: '{{ .Nope }}', paths: [x]}}"),
    expect: { steps: ["save-cache"], warning: "{{ .Nope }}" },
  },
  {
    rules: ["R-WS-2"],
    says: "a workspace needs root and paths",
    config: step("{persist_to_workspace: {root: .}}"),
    expect: { error: "`paths`" },
  },
  {
    rules: ["R-WS-2", "R-WS-6"],
    says: "a workspace is kept and attached",
    config: step("{persist_to_workspace: {root: ., paths: [out]}}, {attach_workspace: {at: /tmp/w}}"),
    expect: { job: { steps: [{ root: ".", paths: ["out"] }, { at: "/tmp/w" }] } },
  },
  {
    rules: ["R-WS-3"],
    says: "the paths of a workspace keep their variables unread",
    config: step("{persist_to_workspace: {root: $HOME, paths: [$OUT]}}, {attach_workspace: {at: ~/w}}"),
    expect: { job: { steps: [{ root: "$HOME", paths: ["$OUT"] }, { at: "~/w" }] } },
  },
  {
    rules: ["R-SSH-1"],
    says: "keys are added by fingerprint, or all",
    config: step("add_ssh_keys, {add_ssh_keys: {fingerprints: ['a:b']}}"),
    expect: { job: { steps: [{ fingerprints: [] }, { fingerprints: ["a:b"] }] } },
  },
  {
    rules: ["R-ENV-4"],
    says: "values are literal",
    config: withKeys('environment: {PATH: "/opt/bin:$PATH"}'),
    expect: { job: { environment: [{ name: "PATH", value: "/opt/bin:$PATH" }] } },
  },
  {
    rules: ["R-ENV-6"],
    says: "a flag is 1 or 0 in the job, and a flag in the compiled form",
    config: withKeys("environment: {B: true, N: 1234567, O: no}"),
    expect: {
      job: { environment: [{ value: "1" }, { value: "1234567" }, { value: "0" }] },
      compiled: { jobs: { j: { environment: [{ B: true }, { N: 1234567 }, { O: false }] } } },
    },
  },
  {
    rules: ["R-ENV-7"],
    says: "an empty value is the empty text",
    config: withKeys("environment: {A: }"),
    expect: { job: { environment: [{ name: "A", value: "" }] } },
  },
  {
    rules: ["R-ENV-7"],
    says: "an empty pipeline value is the empty text, with a warning",
    config: withKeys("environment: {T: << pipeline.git.tag >>}"),
    expect: { job: { environment: [{ name: "T", value: "" }] }, warning: "`T`" },
  },
  {
    rules: ["R-ENV-8"],
    says: "a variable's name has no dash",
    config: withKeys("environment: {A-B: x}"),
    expect: { error: '"A-B"' },
  },
  {
    rules: ["R-ENV-8"],
    says: "a variable's value is no list",
    config: withKeys("environment: {A: [x]}"),
    expect: { error: "`A` must be" },
  },
  {
    rules: ["R-ENV-1"],
    says: "an executor's variables stand below the job's",
    config: oneJob(
      "{executor: e, environment: {A: job}, steps: [checkout]}",
      "executors: {e: {docker: [{image: i}], environment: {A: executor}}}",
    ),
    expect: { job: { environment: [{ name: "A", value: "job" }] } },
  },

  {
    rules: ["R-CF-1"],
    says: "the compiled form has a version, jobs and workflows",
    config: jobsAnd("a", "a", "x-anchors: {}", "parameters: {}"),
    expect: { compiled: { version: 2, jobs: { a: {} }, workflows: { version: 2, w: { jobs: ["a"] } } } },
  },
  {
    rules: ["R-CF-2"],
    says: "jobs stand under their final names",
    config: jobsAnd("a", "{a: {name: p}}, {a: {name: q}}"),
    expect: { compiled: { jobs: { p: { steps: ["checkout"] }, q: { steps: ["checkout"] } } } },
  },
  {
    rules: ["R-CF-3"],
    says: "an executor's keys stand in the job",
    config: oneJob(
      "{executor: e, parallelism: 2, steps: [checkout]}",
      "executors: {e: {docker: [{image: i}], resource_class: large}}",
    ),
    expect: {
      compiled: {
        jobs: {
          j: { docker: [{ image: "i" }], resource_class: "large", parallelism: 2, steps: ["checkout"] },
        },
      },
    },
  },
  {
    rules: ["R-CF-4"],
    says: "bare steps stay bare, short commands get their long form",
    config: step("checkout, {run: a}"),
    expect: { compiled: { jobs: { j: { steps: ["checkout", { run: { command: "a" } }] } } } },
  },
  {
    rules: ["R-CF-5"],
    says: "a job's variables are a list of maps",
    config: withKeys("environment: {A: 8, B: x}"),
    expect: { compiled: { jobs: { j: { environment: [{ A: 8 }, { B: "x" }] } } } },
  },
  {
    rules: ["R-CF-5"],
    says: "a step's variables stay a map",
    config: step("{run: {command: a, environment: {A: true}}}"),
    expect: { compiled: { jobs: { j: { steps: [{ run: { command: "a", environment: { A: true } } }] } } } },
  },
  {
    rules: ["R-CF-6"],
    says: "what is for the run is not touched",
    config: step("{save_cache: {key: 'v-{{ epoch }}', paths: [$HOME]}}"),
    expect: {
      compiled: { jobs: { j: { steps: [{ save_cache: { key: "v-{{ epoch }}", paths: ["$HOME"] } }] } } },
    },
  },
  {
    rules: ["R-CF-7", "R-REQ-2"],
    says: "requirements have their statuses beside them",
    config: jobsAnd("ab", "a, {b: {requires: [a]}}"),
    expect: {
      compiled: {
        workflows: { w: { jobs: ["a", { b: { requires: ["a"], upstream: { a: ["success"] } } }] } },
      },
    },
  },
  {
    rules: ["R-CF-8"],
    says: "filters, contexts and serial groups are printed as written",
    config: jobsAnd("a", "{a: {context: c, serial-group: k, filters: {branches: {only: main}}}}"),
    expect: {
      compiled: {
        workflows: {
          w: {
            jobs: [{ a: { context: ["c"], "serial-group": "k", filters: { branches: { only: "main" } } } }],
          },
        },
      },
    },
  },
  {
    rules: ["R-CF-9"],
    says: "two bodies under one name get a number",
    config: config(
      `jobs: {a: ${runs("x")}, b: ${runs("y")}}`,
      "workflows: {v: {jobs: [{a: {name: n}}]}, w: {jobs: [{b: {name: n}}]}}",
    ),
    expect: {
      compiled: {
        jobs: { n: { steps: [{ run: { command: "x" } }] }, "n-1": { steps: [{ run: { command: "y" } }] } },
        workflows: { v: { jobs: ["n"] }, w: { jobs: ["n-1"] } },
      },
    },
  },
  {
    rules: ["R-CF-11"],
    says: "values of the pipeline are printed as they are given",
    config: step("{run: << pipeline.git.branch >>}"),
    pipeline: { "pipeline.git.branch": "dev" },
    expect: { compiled: { jobs: { j: { steps: [{ run: { command: "dev" } }] } } } },
  },
  {
    rules: ["R-PHASE-1"],
    says: "orbs are read after the pipeline's parameters, and before the workflows",
    config: config(
      "parameters: {o: {type: string, default: ns/o@1.0.0}}",
      "orbs: {o: << pipeline.parameters.o >>}",
      `jobs: {a: ${J}}`,
      workflow("o/t, {a: {requires: [o/t]}}"),
    ),
    input: { orbs: new Map([["ns/o@1.0.0", `jobs: {t: ${J}}`]]) },
    expect: { jobs: ["o/t", "a"] },
  },
];
