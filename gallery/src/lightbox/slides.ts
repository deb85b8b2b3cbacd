/** What PhotoSwipe is told of each photo. Pure. */
import type { SlideData } from "photoswipe";
import type { Photo } from "../api";
import { originalOf, previewOf, thumbnailOf } from "../client";
import type { Tile } from "../timeline/months";

/** The longest side of the server's preview, in pixels. */
const PREVIEW = 2016;
const SHOWN_BY_BROWSERS = new Set([
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/gif",
  "image/avif",
]);

export interface PhotoSlide extends SlideData {
  /** Null while the photo's month is being read. */
  id: string | null;
  /** The original's address, where a browser can show it when a person looks closer than the preview goes. */
  original: string | null;
}

export function slideOf(tile: Tile, photo?: Photo): PhotoSlide {
  const { width, height } = previewSize(tile, photo);
  return {
    id: tile.id,
    type: tile.kind === "video" ? "video" : "image",
    src: previewOf(tile.id),
    msrc: thumbnailOf(tile.id),
    width,
    height,
    alt: photo?.description ?? photo?.file_name ?? tile.name,
    thumbCropped: true,
    original: photo && SHOWN_BY_BROWSERS.has(photo.media_type) ? originalOf(tile.id) : null,
  };
}

/** Holds the place of a photo that is not known yet. */
export const slideToCome: PhotoSlide = { id: null, type: "to-come", original: null };

/** Never larger than the photo itself; where its size is not known, as large as a preview can be. */
function previewSize(tile: Tile, photo?: Photo): { width: number; height: number } {
  // A film may fill the screen, whatever its pixels.
  if (photo?.width && photo.height && photo.kind === "photo") {
    const shrink = Math.min(1, PREVIEW / Math.max(photo.width, photo.height));
    return { width: Math.round(photo.width * shrink), height: Math.round(photo.height * shrink) };
  }
  const shrink = Math.min(1, 1 / tile.ratio);
  return { width: Math.round(PREVIEW * shrink * tile.ratio), height: Math.round(PREVIEW * shrink) };
}
