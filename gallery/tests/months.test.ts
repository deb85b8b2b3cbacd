import { describe, expect, test } from "vitest";
import {
  countedMonths,
  liesUnread,
  withCounts,
  withLoaded,
  withPart,
  withoutTiles,
  withTiles,
  type Month,
  type Tile,
} from "../src/timeline/months";

const tile = (id: string, taken: string, more: Partial<Tile> = {}): Tile => ({
  id,
  taken,
  ratio: 1.5,
  kind: "photo",
  state: "safe",
  placeholder: null,
  name: id,
  duration: null,
  thumbnail: "ready",
  ...more,
});
const shape = (months: readonly Month[]) =>
  months.map(({ key, tiles }) => [key, tiles?.map(({ id }) => id).join("") ?? null]);

describe("months of tiles", () => {
  const months = withTiles(
    [],
    [
      tile("a", "2026-11-24T10:00:00"),
      tile("b", "2026-11-02T10:00:00"),
      tile("c", "2026-09-30T23:59:59"),
    ],
  );

  test("a page becomes months, newest first", () => {
    expect(shape(months)).toEqual([
      ["2026-11", "ab"],
      ["2026-09", "c"],
    ]);
  });

  test("a new photo takes its place by the moment it was taken", () => {
    expect(shape(withTiles(months, [tile("x", "2026-11-20T00:00:00")]))[0]).toEqual([
      "2026-11",
      "axb",
    ]);
    expect(shape(withTiles(months, [tile("x", "2026-12-01T00:00:00")]))[0]).toEqual([
      "2026-12",
      "x",
    ]);
    expect(shape(withTiles(months, [tile("x", "2026-10-01T00:00:00")]))[1]).toEqual([
      "2026-10",
      "x",
    ]);
    expect(shape(withTiles(months, [tile("x", "2020-01-01T00:00:00")])).at(-1)).toEqual([
      "2020-01",
      "x",
    ]);
  });

  test("a photo that is told again is there once, with what is new of it", () => {
    const changed = withTiles(months, [tile("b", "2026-11-02T10:00:00", { state: "attention" })]);
    expect(shape(changed)).toEqual(shape(months));
    expect(changed[0]!.tiles![1]!.state).toBe("attention");
  });

  test("a photo whose date became known moves to its month", () => {
    expect(shape(withTiles(months, [tile("a", "2026-09-01T10:00:00")]))).toEqual([
      ["2026-11", "b"],
      ["2026-09", "ca"],
    ]);
  });

  test("a month that loses its last photo goes", () => {
    expect(shape(withoutTiles(months, new Set(["c"])))).toEqual([["2026-11", "ab"]]);
  });

  test("a page of photos of the same moment keeps the server's order", () => {
    const same = ["p", "q", "r"].map((id) => tile(id, "2026-08-01T12:00:00"));
    expect(shape(withTiles(months, same)).at(-1)).toEqual(["2026-08", "pqr"]);
  });

  test("a month that is only counted is filled by its columns, and its count corrected", () => {
    const counted = countedMonths([{ month: "2026-11", count: 7 }]);
    const loaded = withLoaded(counted, "2026-11", [tile("a", "2026-11-24T10:00:00")]);
    expect(loaded[0]!.count).toBe(1);
  });

  test("months that nothing happened to stay the same object, so their layout is kept", () => {
    expect(withTiles(months, [tile("x", "2026-11-20T00:00:00")])[1]).toBe(months[1]);
  });
});

describe("a month that comes in parts", () => {
  const counted = countedMonths([
    { month: "2026-11", count: 5 },
    { month: "2026-10", count: 1 },
  ]);
  const [a, b, c, d] = ["a", "b", "c", "d"].map((id, at) =>
    tile(id, `2026-11-${20 - at}T10:00:00`),
  );
  const begun = withPart(counted, "2026-11", null, [a!, b!], "after b");

  test("its first part is shown, and its count stays", () => {
    expect(shape(begun)[0]).toEqual(["2026-11", "ab"]);
    expect(begun[0]).toMatchObject({ count: 5, next: "after b" });
  });

  test("the last part makes the number of its photos the truth", () => {
    const whole = withPart(begun, "2026-11", "after b", [c!, d!], null);
    expect(shape(whole)[0]).toEqual(["2026-11", "abcd"]);
    expect(whole[0]).toMatchObject({ count: 4, next: null });
  });

  test("a part that was asked for from elsewhere changes nothing", () => {
    expect(withPart(begun, "2026-11", "after x", [d!], null)).toEqual(begun);
    expect(withPart(begun, "2026-11", null, [a!], null)).toEqual(begun);
  });

  test("a photo that was told meanwhile is there once", () => {
    const told = withTiles(begun, [tile("new", "2026-11-19T10:00:00")]);
    expect(told[0]).toMatchObject({ count: 6, next: "after b" });
    const whole = withPart(
      told,
      "2026-11",
      "after b",
      [tile("new", "2026-11-19T10:00:00"), c!],
      null,
    );
    expect(shape(whole)[0]).toEqual(["2026-11", "abnewc"]);
  });

  test("a photo that lies in what is not read waits for its part", () => {
    expect(liesUnread(begun[0]!, "2026-11-01T10:00:00")).toBe(true);
    expect(liesUnread(begun[0]!, "2026-11-20T11:00:00")).toBe(false);
    expect(withTiles(begun, [tile("old", "2026-11-01T10:00:00")])).toEqual(begun);
  });

  test("new counts keep what is known of it", () => {
    const counts = [{ month: "2026-11", count: 9 }];
    expect(withCounts(begun, counts)).toEqual([{ ...begun[0], count: 9 }]);
  });
});
