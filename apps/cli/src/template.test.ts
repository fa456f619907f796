import { describe, expect, test } from "@jest/globals";

import { readTemplate } from "./template.ts";

const item = { id: 5, repo: { owner: "octo" }, tag: null, nodes: [1, 2], note: "a\u001b[31m\nb" };

describe("a template of --format", () => {
  test.each([
    ["{{id}}", "5"],
    ["#{{ id }} of {{repo.owner}}", "#5 of octo"],
    ["{{id}}\\t{{tag}}\\t{{repo}}\\n", '5\t\t{"owner":"octo"}\n'],
    ["{{tag.name}}|{{nodes}}", "|[1,2]"],
    ["{{note}}", "a b"],
  ])("%j makes %j", (template, text) => {
    expect(readTemplate(template)(item)).toBe(text);
  });

  test.each(["id", "{{}}", "{{id}", "{{id}} {{#each jobs}}", "{{id | upper}}"])("is not %j", (text) => {
    expect(() => readTemplate(text)).toThrow(expect.objectContaining({ code: "usage" }));
  });

  test.each([
    ["{{statsu}}", ["Did you mean:  status", "There are:  status, repo"]],
    ["{{repo.onwer}}", ["Did you mean:  owner", "There are:  owner"]],
    ["{{status.id}}", ["It is within what has no fields."]],
  ])("with a field that there is not, %s, says what there is", (text, hints) => {
    expect(() => readTemplate(text)({ status: "success", repo: { owner: "octo" } })).toThrow(
      expect.objectContaining({ code: "usage", hints }),
    );
  });
});
