/** A thumbhash painted on a canvas: no data: address, so the strictest page policy holds. */
import { thumbHashToRGBA } from "thumbhash";

const painted = new Map<string, ImageData>();
const KEPT = 2000;

export function placeholder(hash: string | null) {
  return (canvas: HTMLCanvasElement) => {
    const image = hash ? decoded(hash) : null;
    if (!image) return;
    canvas.width = image.width;
    canvas.height = image.height;
    canvas.getContext("2d")?.putImageData(image, 0, 0);
  };
}

function decoded(hash: string): ImageData | null {
  const before = painted.get(hash);
  if (before) return before;
  try {
    const bytes = Uint8Array.from(atob(hash), (character) => character.charCodeAt(0));
    const { w, h, rgba } = thumbHashToRGBA(bytes);
    const image = new ImageData(new Uint8ClampedArray(rgba), w, h);
    if (painted.size >= KEPT) painted.clear();
    painted.set(hash, image);
    return image;
  } catch {
    // A placeholder that cannot be read is no reason to show no photo.
    return null;
  }
}
