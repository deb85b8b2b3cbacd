import { describe, expect, test } from "vitest";
import { grouped } from "../src/timeline/groups";
import type { Month, Tile } from "../src/timeline/months";

const month = (key: string, count: number, read = true): Month => ({
  key,
  count,
  tiles: read ? Array.from({ length: count }, (_, at) => ({ id: `${key} ${at}` }) as Tile) : null,
  next: null,
});
const shape = (months: Month[]) =>
  grouped(months).map((group) => group.months.map(({ key }) => key));

describe("months as they are shown", () => {
  test("a month of many photos stands alone", () => {
    expect(shape([month("2026-11", 40), month("2026-10", 1), month("2026-09", 30)])).toEqual([
      ["2026-11"],
      ["2026-10"],
      ["2026-09"],
    ]);
  });

  test("months of a few photos share a heading, until there are enough of them", () => {
    const sparse = Array.from({ length: 10 }, (_, at) =>
      month(`2016-${String(12 - at).padStart(2, "0")}`, 4),
    );
    expect(shape(sparse).map((keys) => keys.length)).toEqual([4, 4, 2]);
  });

  test("no photo is lost or moved", () => {
    const months = [5, 1, 30, 2, 2, 8, 8, 1, 300, 3].map((count, at) =>
      month(`2026-${String(12 - at).padStart(2, "0")}`, count),
    );
    const ids = (all: readonly Month[]) => all.flatMap(({ tiles }) => tiles!.map(({ id }) => id));
    expect(ids(grouped(months))).toEqual(ids(months));
  });

  test("a group is known once all of its months are read", () => {
    expect(grouped([month("2026-11", 2), month("2026-10", 2, false)])[0]!.tiles).toBeNull();
  });

  test("what did not change stays the same object", () => {
    const months = [
      month("2026-11", 2),
      month("2026-10", 2),
      month("2026-09", 90),
      month("2026-08", 1),
    ];
    const before = grouped(months);
    const after = grouped([...months.slice(0, 3), month("2026-08", 2)], before);
    expect([after[0] === before[0], after[1] === before[1], after[2] === before[2]]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
