import { describe, expect, test } from "vitest";
import { Problem, Unreachable } from "../src/client";
import { toEach } from "../src/selecting/each";
import { rangeOf } from "../src/selecting/range";

describe("a range of photos", () => {
  const shown = ["a", "b", "c", "d"];

  test("holds both ends, whichever comes first", () => {
    expect(rangeOf(shown, "b", "d")).toEqual(["b", "c", "d"]);
    expect(rangeOf(shown, "d", "b")).toEqual(["b", "c", "d"]);
  });

  test("is one photo where its beginning is not shown any more", () => {
    expect(rangeOf(shown, "gone", "c")).toEqual(["c"]);
    expect(rangeOf(shown, null, "c")).toEqual(["c"]);
  });
});

describe("one thing done to many photos", () => {
  test("is done to each, whatever fails on the way", async () => {
    const done: string[] = [];
    const outcome = await toEach(["a", "b", "c", "d", "e", "f"], async (id) => {
      if (id === "b") throw new Problem(409, "conflicting-state", "It is in the trash");
      done.push(id);
    });
    expect(done.toSorted()).toEqual(["a", "c", "d", "e", "f"]);
    expect(outcome).toEqual({ done: 5, failed: 1, problem: "It is in the trash" });
  });

  test("stops where the server is away", async () => {
    let asked = 0;
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    const outcome = await toEach(ids, async () => {
      asked += 1;
      throw new Unreachable();
    });
    expect(asked).toBeLessThan(10);
    expect(outcome.done).toBe(0);
  });
});
