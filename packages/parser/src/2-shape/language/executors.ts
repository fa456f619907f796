import {
  any,
  anyScalar,
  choice,
  flag,
  list,
  map,
  mapOf,
  nothing,
  orNothing,
  text,
  textLike,
  type MapShape,
} from "../shape.ts";
import { variableName } from "./names.ts";
import { elementParameters } from "./parameters.ts";

const variables = mapOf(anyScalar, { names: variableName, expected: "a map of variables" });

/** A map, or the older list of `K=V` texts and small maps. (R-ENV-8) */
export const environment = choice(
  nothing,
  list(choice(text, variables), { expected: "a list of `NAME=value` texts or maps" }),
  variables,
);

/** One line, or a list of words. (R-SH-1) */
export const shell = choice(text, list(textLike, { atLeast: 1, expected: "a list of words" }));

const words = choice(textLike, list(textLike, { expected: "a list of words" }));

export const image: MapShape = map(
  {
    image: [text, "The image's name, with tag or digest.", "R-DKR-1"],
    name: [textLike, "A further host name of the container.", "R-DKR-3"],
    entrypoint: [words, "Replaces the image's entrypoint.", "R-DKR-2"],
    command: [words, "Replaces the image's command.", "R-DKR-2"],
    user: [textLike, "The user of the container, and of the steps in the first one."],
    environment: [environment, "Variables of the container.", "R-DKR-4"],
    auth: [
      map({
        username: [textLike, "The registry's user."],
        password: [textLike, "A variable such as `$DOCKER_PASSWORD`."],
      }),
      "Credentials of the registry.",
      "R-ENV-5",
    ],
    aws_auth: [
      map({
        aws_access_key_id: [textLike, "The key's id."],
        aws_secret_access_key: [textLike, "A variable that holds the key."],
        oidc_role_arn: [textLike, "A role to assume."],
      }),
      "Credentials of Amazon's registry.",
    ],
    gcp_auth: [
      map({
        oidc_service_account: [textLike, "The service account."],
        workload_identity_pool: [textLike, "The pool."],
        workload_identity_provider: [textLike, "The provider."],
      }),
      "Credentials of Google's registry.",
    ],
  },
  { required: ["image"], expected: "a map such as {image: cimg/base:stable}" },
);

const docker = list(image, { atLeast: 1, expected: "a list of images" });

const machine = choice(
  { ...textLike, types: ["string", "boolean"], expected: "an image's name, true" },
  map(
    {
      image: [textLike, "The machine image."],
      docker_layer_caching: [flag, "Keep Docker's layers between jobs."],
      shell: [shell, "The shell of all steps."],
      resource_class: [text, "The size of the machine."],
      enabled: [flag, "An older spelling of `machine: true`."],
    },
    { expected: "a map such as {image: ubuntu-2404:current}" },
  ),
);

const macos = map(
  {
    xcode: [{ ...textLike, types: ["string", "integer", "float"] }, "The version of Xcode."],
    resource_class: [text, "The size of the machine."],
    code_signing: [choice(list(any), mapOf(any)), "Signing certificates."],
  },
  { required: ["xcode"], expected: "a map such as {xcode: 16.0.0}" },
);

/** The keys that say where and how steps run; a job and an executor share them. (R-EXEC-5) */
export const executionFields = {
  docker: [docker, "Containers: the first runs the steps, the others are services.", "R-DKR-1"],
  machine: [machine, "A machine of its own.", "R-MCH-1"],
  macos: [macos, "A macOS machine.", "R-MAC-1"],
  shell: [shell, "The shell of all steps.", "R-SH-1"],
  working_directory: [textLike, "Where steps run; `~/project` unless set.", "R-WD-1"],
  environment: [environment, "Variables of all steps.", "R-ENV-1"],
  resource_class: [text, "How much processor and memory a job gets.", "R-RC-2"],
} as const;

/** An entry of `executors:`. (R-EXEC-1) */
export const executor = map(
  {
    ...executionFields,
    parameters: [elementParameters, "The parameters of the executor."],
    description: [orNothing(text), "What the executor is for."],
  },
  { expected: "an executor such as {docker: [{image: cimg/base:stable}]}" },
);

/** A use of an executor: its name, or its name and arguments. (R-EXEC-2) */
export const executorUse = choice(
  { ...text, expected: "an executor's name" },
  map(
    { name: [text, "The executor's name.", "R-EXEC-2"] },
    { others: any, required: ["name"], expected: 'a map such as {name: node, tag: "22"}' },
  ),
);
