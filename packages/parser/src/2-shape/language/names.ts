/** Commands, executors, orbs and element parameters. (R-TOP-5, R-PARAM-14) */
export const elementName = {
  regex: /^[a-z][a-z0-9_-]*$/,
  expected: "lower-case letters, digits, `-` and `_`, beginning with a letter",
};

/** Parameters of elements: capitals are against the rule, and work. (R-PARAM-14) */
export const parameterName = { ...elementName, lenient: true };

/** Jobs and job groups. A slash stands in the names of compiled orb jobs. (R-TOP-5, R-CF-2) */
export const jobName = {
  regex: /^[A-Za-z][A-Za-z\s\d_-]*$/,
  expected: "letters, digits, blanks, `-` and `_`, beginning with a letter",
};

/** Pipeline parameters may look like addresses. (R-PARAM-14) */
export const pipelineParameterName = {
  regex: /^[A-Za-z0-9_.:/-]+$/,
  expected: "letters, digits and any of `_ . : / -`",
};

/** Environment variables. (R-ENV-8) */
export const variableName = {
  regex: /^[A-Za-z_][A-Za-z0-9_]*$/,
  expected: "letters, digits and `_`, not beginning with a digit",
};
