import { describe, expect, test } from "vitest";
import { estimateMonth, layOutMonth, type Dated, type DayMeasures } from "../src/timeline/days";

const measures: DayMeasures = {
  width: 1200,
  rowHeight: 200,
  gap: 6,
  heading: 40,
  dayGap: 20,
  narrowestDay: 150,
};
const taken = (day: number, count: number): Dated[] =>
  Array.from({ length: count }, (_, index) => ({
    taken: `2026-11-${String(day).padStart(2, "0")}T10:${String(59 - index).padStart(2, "0")}:00`,
    ratio: index % 3 ? 1.5 : 0.75,
  }));

describe("a month by day", () => {
  test("a day of many photos has the whole width to itself", () => {
    const { days } = layOutMonth([...taken(24, 20), ...taken(23, 20)], measures);
    expect(days.map(({ day, x, width }) => [day, x, width])).toEqual([
      ["2026-11-24", 0, 1200],
      ["2026-11-23", 0, 1200],
    ]);
    expect(days[1]!.y).toBe(days[0]!.height + measures.dayGap);
  });

  test("days of few photos share a row and do not overlap", () => {
    const { days } = layOutMonth([...taken(24, 1), ...taken(23, 2), ...taken(20, 1)], measures);
    expect(new Set(days.map(({ y }) => y)).size).toBe(1);
    days
      .slice(1)
      .forEach((day, index) =>
        expect(day.x).toBeGreaterThanOrEqual(days[index]!.x + days[index]!.width + measures.dayGap),
      );
  });

  test("days that share a row never leave the width", () => {
    for (let count = 1; count < 30; count += 1) {
      const photos = Array.from({ length: count }, (_, index) =>
        taken(30 - index, 1 + (index % 3)),
      ).flat();
      for (const width of [336, 812, 1200, 2500]) {
        const { days } = layOutMonth(photos, { ...measures, width });
        for (const day of days) {
          expect(day.x + day.width).toBeLessThanOrEqual(width);
          for (const { boxes } of day.rows)
            expect(boxes.at(-1)!.x + boxes.at(-1)!.width).toBeLessThanOrEqual(day.width);
        }
      }
    }
  });

  test("days that fill their row end where it ends", () => {
    const { days } = layOutMonth([...taken(24, 2), ...taken(23, 2), ...taken(22, 1)], measures);
    const last = days.at(-1)!;
    expect(last.x + last.width).toBe(measures.width);
    const box = last.rows[0]!.boxes.at(-1)!;
    expect(box.x + box.width).toBe(last.width);
  });

  test("boxes count through the month, not through the day", () => {
    const { days } = layOutMonth([...taken(24, 12), ...taken(23, 12)], measures);
    const indexes = days.flatMap(({ rows }) =>
      rows.flatMap(({ boxes }) => boxes.map(({ index }) => index)),
    );
    expect(indexes).toEqual(Array.from({ length: 24 }, (_, index) => index));
  });

  test("the month ends where its last day ends", () => {
    const { days, height } = layOutMonth([...taken(24, 9), ...taken(3, 30)], measures);
    const last = days.at(-1)!;
    expect(height).toBe(last.y + last.height);
  });

  test("a month that is only counted has a height of the right order", () => {
    const photos = [24, 23, 22, 21, 20, 19, 18, 17].flatMap((day) => taken(day, 25));
    const real = layOutMonth(photos, measures).height;
    expect(estimateMonth(200, measures) / real).toBeGreaterThan(0.6);
    expect(estimateMonth(200, measures) / real).toBeLessThan(1.7);
  });
});
