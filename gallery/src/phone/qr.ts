/** A QR code on a canvas: dark on white whatever the colours of the page, or cameras do not see it. */
import { generate } from "lean-qr";

/** Modules of white around it (ISO/IEC 18004 asks for four). */
const QUIET = 4;

export const qr = (text: string) => (canvas: HTMLCanvasElement) =>
  generate(text).toCanvas(canvas, { on: [0, 0, 0], off: [255, 255, 255], pad: QUIET });
