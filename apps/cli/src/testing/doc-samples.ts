/** A block of a Markdown file with commands and what they print. */
export interface SampleBlock {
  /** The heading above it, without its marks: `fmg list`. */
  readonly section: string;
  readonly line: number;
  /** A test file that runs it, where the block names one; else the test of the document does. */
  readonly testedBy: string | undefined;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly command: string;
  readonly output: string;
}

/**
 * The blocks of a document that are marked `console`. A comment `<!-- tested by path -->` right before one names the test that
 * runs it elsewhere.
 */
export function sampleBlocks(markdown: string): SampleBlock[] {
  const blocks: SampleBlock[] = [];
  const lines = markdown.split("\n");
  let section = "";
  let testedBy: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith("## ")) section = line.slice(3).replaceAll("`", "");
    if (line === "```console") {
      const end = lines.indexOf("```", at);
      blocks.push({ section, line: at + 1, testedBy, samples: samplesIn(lines.slice(at + 1, end)) });
      at = end;
    }
    if (line !== "") testedBy = /^<!-- tested by (\S+) -->$/.exec(line)?.[1];
  }
  return blocks;
}

function samplesIn(lines: readonly string[]): Sample[] {
  const samples: { command: string; output: string }[] = [];
  for (const line of lines) {
    if (line.startsWith("$ ")) samples.push({ command: line.slice(2), output: "" });
    else samples.at(-1)!.output += `${line}\n`;
  }
  return samples;
}

/** The words of the command that a line calls: `config graph`. Undefined: it calls no command of fmg. */
export function commandCalled(line: string, commands: readonly string[]): string | undefined {
  const words = /^fmg ((?:[a-z][a-z-]*(?: |$))+)/.exec(line)?.[1]?.trim().split(" ") ?? [];
  const [one, two] = words;
  return [`${one} ${two}`, one ?? ""].find((name) => commands.includes(name));
}
