import { describe, expect, test } from "vitest";
import { fillingHeight, justify, shownRatio } from "../src/timeline/justify";

const measures = { width: 1000, rowHeight: 200, gap: 6 };
const mixed = [1.5, 0.67, 1.33, 1.5, 1.78, 0.75, 1, 2.4, 1.5, 1.5, 0.67, 1.33, 1.5, 1.5];

describe("justified rows", () => {
  test("every row but the last fills the width to the pixel", () => {
    for (const width of [336, 700, 1000, 1533, 2504]) {
      for (const { boxes } of justify(mixed, { ...measures, width }).slice(0, -1)) {
        const last = boxes.at(-1)!;
        expect(last.x + last.width).toBe(width);
      }
    }
  });

  test("each photo appears once, in order", () => {
    const indexes = justify(mixed, measures).flatMap(({ boxes }) =>
      boxes.map(({ index }) => index),
    );
    expect(indexes).toEqual(mixed.map((_, index) => index));
  });

  test("photos of a row stand side by side with one gap between", () => {
    for (const { boxes } of justify(mixed, measures))
      boxes
        .slice(1)
        .forEach((box, index) => expect(box.x).toBe(boxes[index]!.x + boxes[index]!.width + 6));
  });

  test("rows stay within half and double the height wished for", () => {
    for (const { height } of justify(mixed, measures)) {
      expect(height).toBeGreaterThan(100);
      expect(height).toBeLessThan(400);
    }
  });

  test("a last row of one photo is not blown up to the width", () => {
    const rows = justify([1.5], measures);
    expect(rows[0]!.height).toBe(200);
    expect(rows[0]!.boxes[0]!.width).toBe(300);
  });

  test("a photo is cropped by a few pixels at most", () => {
    for (const { boxes, height } of justify(mixed, measures))
      for (const { index, width } of boxes)
        expect(Math.abs(width - mixed[index]! * height)).toBeLessThan(6);
  });

  test("a panorama is shown cropped rather than as a line of a few pixels", () => {
    expect(justify([20], { ...measures, width: 340 })[0]!.height).toBeGreaterThan(90);
    expect(shownRatio(0.01)).toBe(0.5);
  });

  test("no photos, no rows", () => expect(justify([], measures)).toEqual([]));

  test("the filling height makes the photos exactly as wide as the row", () => {
    const height = fillingHeight(4, 3, measures);
    expect(4 * height + 2 * measures.gap).toBeCloseTo(1000);
  });
});
