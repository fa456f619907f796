/** A config of about the given size with little expansion: many jobs, as large repositories have them. */
export function plainConfig(kilobytes: number): string {
  let text = head;
  const names: string[] = [];
  // A job is measured by its text and by its share of the workflow.
  for (let size = text.length; size < kilobytes * 1024;) {
    const name = `job-${names.length + 1}`;
    const job = jobText(name, names.length);
    names.push(name);
    text += job;
    size += job.length + 90;
  }
  return `${text}${workflowText(names)}`;
}

/** A small config from which many jobs come: a matrix, and commands in commands. */
export function expandingConfig(jobs: number): string {
  const numbers = Array.from({ length: jobs }, (_, index) => index).join(", ");
  return `${head}  test:
    parameters: { shard: { type: integer } }
    executor: node
    steps:
      - install: { tool: yarn }
      - run: { name: Shard << parameters.shard >>, command: yarn test --shard << parameters.shard >> }
workflows:
  main:
    jobs:
      - test: { matrix: { parameters: { shard: [${numbers}] } } }
`;
}

const head = `version: 2.1
parameters:
  run-slow: { type: boolean, default: false }
environment: &environment
  CI: "true"
  LOG_LEVEL: info
executors:
  node:
    parameters:
      tag: { type: string, default: "22.11" }
    docker:
      - image: cimg/node:<< parameters.tag >>
    environment:
      <<: *environment
commands:
  install:
    description: Dependencies, from the cache where possible
    parameters:
      tool: { type: enum, enum: [npm, yarn], default: npm }
    steps:
      - restore_cache:
          keys:
            - deps-{{ checksum "package-lock.json" }}
            - deps-
      - run: << parameters.tool >> install
jobs:
`;

function jobText(name: string, index: number): string {
  return `  ${name}:
    executor:
      name: node
      tag: "22.${index % 10}"
    resource_class: medium
    working_directory: ~/project/packages/${name}
    environment:
      <<: *environment
      PACKAGE: ${name}
    steps:
      - checkout
      - install
      - run:
          name: Build ${name}
          command: |
            set -euo pipefail
            echo "building ${name}"
            npm run build --workspace packages/${name}
            du -sh dist | tee build-size.txt
      - run:
          name: Test << pipeline.git.branch >>
          command: npm test --workspace packages/${name} -- --reporter junit
          no_output_timeout: 20m
          environment:
            PORT: ${3000 + index}
      - store_test_results:
          path: reports/${name}
      - store_artifacts:
          path: packages/${name}/dist
          destination: ${name}
`;
}

function workflowText(names: readonly string[]): string {
  const jobs = names.map((name, index) => {
    const before = names[index - 7];
    const requires = before === undefined ? "" : `          requires: [${before}]\n`;
    return `      - ${name}:\n${requires}          filters: { branches: { ignore: [gh-pages, /draft\\/.*/] } }\n`;
  });
  return `workflows:\n  main:\n    jobs:\n${jobs.join("")}`;
}
