import { describe, expect, test } from "vitest";
import type { Photo } from "../src/api";
import { slideOf } from "../src/lightbox/slides";
import type { Tile } from "../src/timeline/months";

const tile = { id: "ab", ratio: 1.5, kind: "photo", name: "a.jpg" } as Tile;
const photo = (more: Partial<Photo>) =>
  ({ id: "ab", kind: "photo", file_name: "a.jpg", media_type: "image/jpeg", ...more }) as Photo;

describe("a slide", () => {
  test("is as large as the preview, which is never larger than the photo", () => {
    expect(slideOf(tile, photo({ width: 6000, height: 4000 }))).toMatchObject({
      width: 2016,
      height: 1344,
    });
    expect(slideOf(tile, photo({ width: 300, height: 200 }))).toMatchObject({
      width: 300,
      height: 200,
    });
  });

  test("has the shape of its tile while the photo is not known", () => {
    const { width, height } = slideOf({ ...tile, ratio: 0.5 });
    expect(width! / height!).toBeCloseTo(0.5);
  });

  test("offers the original for a closer look only where a browser can show it", () => {
    expect(slideOf(tile, photo({ media_type: "image/jpeg" })).original).toBe("/photos/ab/original");
    expect(slideOf(tile, photo({ media_type: "image/heic" })).original).toBeNull();
    expect(slideOf(tile).original).toBeNull();
  });

  test("of a film is a player", () => {
    expect(slideOf({ ...tile, kind: "video" }).type).toBe("video");
  });
});
