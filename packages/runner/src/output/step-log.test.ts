import { describe, expect, test } from "@jest/globals";

import { closedOffset, openStepLog, type StepLogOptions } from "./step-log.ts";

describe("a step's log", () => {
  test("tells with each piece up to which raw byte it stands", async () => {
    const { log, told } = aLog({ needles: [Buffer.from("s3cret")] });

    await log.write(Buffer.from("a s3c"));
    await log.write(Buffer.from("ret b"));
    await log.close("over");

    expect(told).toEqual([
      ["a ", 2],
      ["**** b", 10],
      ["\nover\n", closedOffset],
    ]);
  });

  test("has closing words once, also when a successor goes on after them", async () => {
    const { log, told } = aLog({ offset: closedOffset });

    expect(log.rewind()).toBe(closedOffset);
    await log.close("over");

    expect(told).toEqual([]);
  });

  test("is cut at its limit once, without the half of a secret, and counts on", async () => {
    const { log, told } = aLog({ maxBytes: 5, needles: [Buffer.from("s3cret")] });

    await log.write(Buffer.from("a s3c"));
    await log.write(Buffer.from("ret b"));
    await log.write(Buffer.from("more"));
    await log.flush();

    expect(told.map(([, offset]) => offset)).toEqual([2, 10, 14]);
    expect(told.map(([text]) => text).join("")).toMatch(
      /^a \n\[The log ends here: the limit of 5 bytes .*\]\n$/,
    );
  });

  test("is sent again from before what was held back", async () => {
    const { log, told } = aLog({ needles: [Buffer.from("s3cret")], offset: 100 });

    await log.write(Buffer.from("a s3c"));
    expect(log.rewind()).toBe(102);
    await log.write(Buffer.from("s3c"));
    await log.flush();

    expect(told).toEqual([
      ["a ", 102],
      ["s3c", 105],
    ]);
  });
});

function aLog(over: Partial<StepLogOptions>) {
  const told: [string, number][] = [];
  const log = openStepLog({
    offset: 0,
    needles: [],
    maxBytes: 1000,
    emit: async (bytes, rawOffset) => {
      told.push([Buffer.from(bytes).toString(), rawOffset]);
    },
    ...over,
  });
  return { log, told };
}
