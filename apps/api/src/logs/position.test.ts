import { describe, expect, test } from "@jest/globals";
import type { Status } from "@fmg/core";

import { Position } from "./position.ts";

const step = (index: number, status: Status, storedLength: number) => ({ index, status, storedLength });

describe("a position", () => {
  test("is empty at the beginning, and wants every step from its first byte", () => {
    const position = new Position(undefined);

    expect(position.toString()).toBe("");
    expect(position.next(step(3, "running", 10))).toBe(0);
  });

  test("names the step and the next byte", () => {
    const position = new Position(undefined);

    position.advance(0, 5, [step(0, "running", 5)]);

    expect(position.toString()).toBe("0:5");
    expect(position.next(step(0, "running", 8))).toBe(5);
  });

  test("forgets lower steps that were sent to their end", () => {
    const steps = [step(0, "success", 5), step(1, "running", 7)];
    const position = new Position(undefined);

    position.advance(0, 5, steps);
    position.advance(1, 7, steps);

    expect(position.toString()).toBe("1:7");
    expect(position.next(step(0, "success", 5))).toBe(5);
  });

  test("keeps lower steps that are not at their end", () => {
    const steps = [
      step(0, "running", 5),
      step(1, "running", 0),
      step(2, "success", 0),
      step(3, "running", 7),
    ];
    const position = new Position(undefined);

    position.advance(0, 3, steps);
    position.advance(3, 7, steps);

    expect(position.toString()).toBe("0:3,1:0,3:7");
  });

  test("is the same when it is read again", () => {
    const text = "0:3,1:0,3:7";

    const position = new Position(text);

    expect(position.toString()).toBe(text);
    expect([0, 1, 2, 3, 4].map((index) => position.next(step(index, "running", 9)))).toEqual([3, 0, 9, 7, 0]);
  });
});
