import { any, choice, list, map, mapOf, nothing, oneOf, orNothing, text, textLike } from "../shape.ts";
import { parameterName, pipelineParameterName } from "./names.ts";

export const elementTypes = ["string", "boolean", "integer", "enum", "executor", "steps", "env_var_name"];
export const pipelineTypes = ["string", "boolean", "integer", "enum"];

const enumValues = list(textLike, { atLeast: 1, expected: "a list of the allowed texts" });

function declaration(types: readonly string[], required: readonly string[]) {
  return map(
    {
      type: [oneOf(...types), "What values the parameter takes.", "R-PARAM-1"],
      default: [any, "The value when none is given."],
      description: [orNothing(text), "What the parameter is for."],
      enum: [enumValues, "The allowed values of an enum.", "R-PARAM-4"],
    },
    { required, expected: "a declaration such as {type: string, default: x}" },
  );
}

/** `parameters:` of a command, a job or an executor. (Section 2.6) */
export const elementParameters = choice(
  nothing,
  mapOf(declaration(elementTypes, ["type"]), { names: parameterName, expected: "a map of parameters" }),
);

/** `parameters:` on the top level. (R-PARAM-1) */
export const pipelineParameters = choice(
  nothing,
  mapOf(declaration(pipelineTypes, ["type", "default"]), {
    names: pipelineParameterName,
    expected: "a map of pipeline parameters",
  }),
);
