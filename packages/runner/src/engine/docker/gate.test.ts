import { describe, expect, test } from "@jest/globals";

import { openGate } from "./gate.ts";

describe("a gate", () => {
  const never = new AbortController().signal;

  test("lets no more in at a time than it is wide, in order, and all in the end", async () => {
    const gate = openGate(2);
    const order: number[] = [];
    let inside = 0;
    let most = 0;

    await Promise.all(
      [1, 2, 3, 4, 5].map((number) =>
        gate.pass(never, async () => {
          order.push(number);
          most = Math.max(most, ++inside);
          await Promise.resolve();
          inside--;
        }),
      ),
    );

    expect([order, most]).toEqual([[1, 2, 3, 4, 5], 2]);
  });

  test("lets the next one in when work fails, and forgets one who leaves", async () => {
    const gate = openGate(1);
    const leaving = new AbortController();

    const failing = gate.pass(never, () => Promise.reject(new Error("failed")));
    const left = gate.pass(leaving.signal, async () => "never");
    leaving.abort();
    const last = gate.pass(never, async () => "last");

    await expect(failing).rejects.toThrow("failed");
    await expect(left).rejects.toMatchObject({ name: "AbortError" });
    expect(await last).toBe("last");
  });
});
