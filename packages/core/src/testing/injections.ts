/**
 * Texts that a branch, a message, a file or a variable may be, and that each do something where a program takes them for its own
 * language. Those that can act make the file `canary`; most have no blank, so that git takes them for the name of a ref. (SEC-10)
 */
export function injections(canary: string): readonly string[] {
  const touch = `touch\${IFS}${canary}`;
  return [
    // Shells.
    `$(${touch})`,
    `\`${touch}\``,
    `$(touch ${canary})`,
    `;${touch};#`,
    `";${touch};"`,
    `';${touch};'`,
    `'"$(${touch})"'`,
    `|${touch}`,
    `||${touch}`,
    `&${touch}`,
    `&&${touch}`,
    `\ntouch ${canary}\n`,
    `\r\ntouch ${canary}\r\n`,
    `EOF\ntouch ${canary}\nEOF`,
    `>${canary}`,
    `<(${touch})`,
    `{touch,${canary}}`,
    `$((\`${touch}\`))`,
    `\${x:-$(${touch})}`,
    `$'\\x24(${touch})'`,
    `a\\`,
    `\\'; ${touch} #`,
    "$HOME",
    "~root",
    "!!",
    "* ? [a-z]",
    "%s%n%x",
    "\"'`",
    // Options of git, ssh, docker and tar.
    `-oProxyCommand=${touch}`,
    `--upload-pack=${touch}`,
    `--exec=${touch}`,
    `-c\tcore.fsmonitor=${touch}`,
    `ext::sh -c touch% ${canary}`,
    `--checkpoint-action=exec=${touch}`,
    "--privileged",
    "-v=/:/host",
    "type=bind,source=/,target=/host",
    "--",
    "-",
    // Paths and refs.
    "../../../etc/passwd",
    "/etc/passwd",
    "refs/heads/main",
    "@{-1}",
    "%2e%2e%2f",
    // Templates and configs.
    "<<pipeline.id>>",
    "<< parameters.x >>",
    "{{.Environment.HOME}}",
    "${{secrets.TOKEN}}",
    "#{7*7}",
    "&a [*a, *a]",
    "!!js/function 'x'",
    // SQL.
    "';drop/table/pipelines;--",
    "'; delete from audit; --",
    "'or'1'='1",
    "x'union/select/1--",
    // Pages, terminals, headers, and text that shows as another.
    "<script>alert(1)</script>",
    '"><img/src=x/onerror=alert(1)>',
    "\u001b]0;evil\u0007\u001b[2J",
    "a\r\nX-Evil: 1",
    "javascript:alert(1)",
    "\u202Egnp.exe",
    "ünïcode-🙂",
    "A".repeat(10_000),
  ];
}
