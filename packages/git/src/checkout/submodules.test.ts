import { describe, expect, test } from "@jest/globals";
import { parseGitmodules, submoduleUrl } from "./submodules.ts";

test("a .gitmodules file is read as git does: quotes, comments, blanks, case, and what is incomplete left out", () => {
  const text = `# ours
[submodule "lib"]
\tpath = vendor/lib
\turl = ../lib.git ; beside us
[core]
\tpath = not/a/submodule
[Submodule "with \\"quotes\\""]
  PATH = "a b"/
  url = "https://h/a#b.git"  # why
  branch = main
[submodule "no-url"]
path = x
`;

  expect([...parseGitmodules(text)]).toEqual([
    ["vendor/lib", { name: "lib", path: "vendor/lib", url: "../lib.git" }],
    ["a b", { name: 'with "quotes"', path: "a b/", url: "https://h/a#b.git" }],
  ]);
});

describe("a submodule is fetched from its repository's own server, and from no other", () => {
  const repository = "https://github.com/octo/repo.git";

  test.each([
    ["../lib.git", "https://github.com/octo/lib.git"],
    ["../../other/lib", "https://github.com/other/lib"],
    ["./below.git", "https://github.com/octo/repo.git/below.git"],
    ["https://github.com/a/b.git", "https://github.com/a/b.git"],
    ["https://user:s3cret@github.com/a/b.git", "https://github.com/a/b.git"],
    ["git@github.com:a/b.git", "https://github.com/a/b.git"],
    ["github.com:a/b.git", "https://github.com/a/b.git"],
    ["ssh://git@github.com:22/a/b.git", "https://github.com/a/b.git"],
  ])("%s is %s", (url, expected) => {
    expect(submoduleUrl(url, repository)).toBe(expected);
  });

  test.each([
    "https://gitlab.com/a/b.git",
    "http://github.com/a/b.git",
    "https://github.com:8443/a/b.git",
    "https://github.com@evil.example/a/b.git",
    "git@evil.example:a/b.git",
    "ssh://git@evil.example/a/b.git",
    "git://github.com/a/b.git",
    "file:///etc/passwd",
    "/etc/passwd",
    "..//evil.example/x.git",
    "ext::sh -c true",
    "",
  ])("not %s", (url) => {
    const target = submoduleUrl(url, repository);
    expect(target === undefined ? undefined : new URL(target).origin).toBe(
      target === undefined ? undefined : "https://github.com",
    );
    if (url !== "..//evil.example/x.git") expect(target).toBeUndefined();
  });
});
