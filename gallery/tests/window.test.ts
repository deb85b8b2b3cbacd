import { describe, expect, test } from "vitest";
import { anchorAt, positionOf } from "../src/timeline/anchor";
import { ticksOf } from "../src/timeline/ticks";
import { boxRunsOut, placeBox, sectionAt, sectionsWithin, stacked } from "../src/timeline/window";

const { items, height } = stacked([{ height: 100 }, { height: 50 }, { height: 200 }], 10);

describe("stacked sections", () => {
  test("lie one below the other", () => {
    expect(items.map(({ top }) => top)).toEqual([0, 110, 170]);
    expect(height).toBe(370);
  });

  test.each([
    [0, 50, [0]],
    [100, 110, []],
    [90, 120, [0, 110]],
    [-500, 5000, [0, 110, 170]],
    [400, 500, []],
  ])("from %i to %i the sections at %j are seen", (top, bottom, tops) => {
    expect(sectionsWithin(items, top, bottom).map((item) => item.top)).toEqual(tops);
  });

  test("a pixel in a gap belongs to the section below it", () => {
    expect(sectionAt(items, 105)?.top).toBe(110);
    expect(sectionAt(items, 9999)?.top).toBe(170);
    expect(sectionAt([], 0)).toBeUndefined();
  });
});

describe("the box that scrolls", () => {
  const seen = 900;
  const tallest = 10_000;

  test("is the whole height where that is not too much", () => {
    expect(placeBox(4000, 9000, seen, tallest)).toEqual({ base: 0, scrollTop: 4000 });
  });

  test("shows every pixel of a million photos, and never scrolls past the ends", () => {
    const real = 60_000_000;
    for (const position of [0, 1, 4999, 5001, 123_456, 59_000_000, real, real + 500, -5]) {
      const { base, scrollTop } = placeBox(position, real, seen, tallest);
      expect(base + scrollTop).toBe(Math.max(0, Math.min(position, real - seen)));
      expect(scrollTop).toBeGreaterThanOrEqual(0);
      expect(scrollTop).toBeLessThanOrEqual(tallest - seen);
    }
  });

  test("is moved along before its end, and only where there is more", () => {
    const real = 50_000;
    expect(boxRunsOut({ base: 0, scrollTop: 0 }, real, seen, tallest)).toBe(false);
    expect(boxRunsOut({ base: 20_000, scrollTop: 500 }, real, seen, tallest)).toBe(true);
    expect(boxRunsOut({ base: 20_000, scrollTop: 8500 }, real, seen, tallest)).toBe(true);
    expect(boxRunsOut({ base: 40_000, scrollTop: 9100 }, real, seen, tallest)).toBe(false);
    expect(boxRunsOut({ base: -40, scrollTop: 3000 }, real, seen, tallest)).toBe(true);
  });

  test("does not run out again where it was just placed", () => {
    for (let position = 0; position <= 50_000; position += 777)
      expect(boxRunsOut(placeBox(position, 50_000, seen, tallest), 50_000, seen, tallest)).toBe(
        false,
      );
  });
});

describe("what is looked at", () => {
  const section = (key: string, top: number, height: number, read: boolean) => ({
    month: { key },
    top,
    height,
    layout: read ? {} : null,
  });
  const before = [
    section("2026-11", 0, 1000, false),
    section("2026-10", 1030, 2000, true),
    section("2026-09", 3060, 500, true),
  ];

  test("keeps its pixels while a month above gets its real height", () => {
    const after = [section("2026-11", 0, 1700, true), section("2026-10", 1730, 2000, true)];
    const anchor = anchorAt(before, 1500, 900)!;
    expect(positionOf(after, anchor)).toBe(1500 + 700);
  });

  test("is the month that is known, where one that is not begins above it", () => {
    const anchor = anchorAt(before, 700, 900)!;
    expect(anchor.month).toBe("2026-10");
    expect(
      positionOf([section("2026-11", 0, 1700, true), section("2026-10", 1730, 2000, true)], anchor),
    ).toBe(1400);
  });

  test("is a share of the month where nothing is known", () => {
    const anchor = anchorAt([section("2020-01", 0, 1000, false)], 250, 100)!;
    expect(positionOf([section("2020-01", 0, 4000, true)], anchor)).toBe(1000);
  });

  test("is nowhere once its month is gone", () => {
    expect(positionOf([], anchorAt(before, 1500, 900)!)).toBeNull();
    expect(anchorAt([], 0, 900)).toBeNull();
  });
});

describe("marks beside the timeline", () => {
  const months = Array.from({ length: 240 }, (_, index) => ({
    key: `${2026 - Math.floor(index / 12)}-${String(12 - (index % 12)).padStart(2, "0")}`,
    top: index * 3000,
  }));

  test("no label lies on another, and each is a year", () => {
    const labels = ticksOf(months, 240 * 3000, 300).filter(({ label }) => label);
    labels
      .slice(1)
      .forEach(({ y }, index) => expect(y - labels[index]!.y).toBeGreaterThanOrEqual(22));
    expect(labels[0]).toEqual({ y: 0, label: "2026" });
  });

  test("no dot lies on a label", () => {
    const ticks = ticksOf(months, 240 * 3000, 900);
    const labels = ticks.filter(({ label }) => label);
    for (const dot of ticks.filter(({ label }) => !label))
      for (const { y } of labels) expect(Math.abs(y - dot.y)).toBeGreaterThan(14);
  });
});
