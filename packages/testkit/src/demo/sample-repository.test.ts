import { expect, test } from "@jest/globals";
import { compile } from "@fmg/parser";
import { readmeConfig, sampleFiles } from "./sample-repository.ts";

test("the README's config is one that compiles, and the demo runs it with nothing but the image replaced", async () => {
  const config = await readmeConfig();
  const files = await sampleFiles("local/image:1");
  const replaced = files[".circleci/config.yml"] ?? "";

  expect(compile(config, { file: ".circleci/config.yml", pipeline: new Map() }).kind).toBe("compiled");
  expect(replaced).toContain("image: local/image:1\n");
  expect(replaced.replace(/image: .*/, "")).toBe(config.replace(/image: .*/, ""));
});
