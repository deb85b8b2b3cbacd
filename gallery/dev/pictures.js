/** Landscapes drawn from a number: each photo of the fake server looks different, and the same every time. */
import { rgbaToThumbHash } from "thumbhash";

/** Mulberry32: numbers between 0 and 1 that neighbouring seeds do not share. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const RATIOS = [3 / 2, 3 / 2, 3 / 2, 4 / 3, 2 / 3, 3 / 4, 16 / 9, 1, 2.4];

export function pictureOf(seed) {
  const next = random(seed + 17);
  const hour = next();
  const hue = hour < 0.35 ? 16 + next() * 30 : hour < 0.8 ? 195 + next() * 25 : 245 + next() * 60;
  const light = hour < 0.8 ? 62 + next() * 14 : 22 + next() * 14;
  return {
    ratio: RATIOS[Math.floor(next() * RATIOS.length)],
    sky: [hsl(hue, 62, light), hsl((hue + 40) % 360, 70, Math.min(88, light + 18))],
    sun: { x: next(), y: 0.18 + next() * 0.3, r: 0.04 + next() * 0.07, colour: hsl(38, 96, 78) },
    ridges: Array.from({ length: 3 + Math.floor(next() * 2) }, (_, layer) => ({
      base: 0.5 + layer * 0.13 + next() * 0.06,
      height: 0.22 - layer * 0.03,
      colour: hsl(
        (hue + 130 + layer * 14 + next() * 40) % 360,
        28 + layer * 6,
        light * (0.62 - layer * 0.13),
      ),
      seed: next() * 1000,
    })),
  };
}

const hsl = (h, s, l) => ({ h, s, l });
const css = ({ h, s, l }) => `hsl(${h.toFixed(0)} ${s.toFixed(0)}% ${l.toFixed(0)}%)`;

export function svgOf(seed, longSide) {
  const { ratio, sky, sun, ridges } = pictureOf(seed);
  const [w, h] =
    ratio >= 1
      ? [longSide, Math.round(longSide / ratio)]
      : [Math.round(longSide * ratio), longSide];
  const paths = ridges.map(
    (ridge) => `<path d="${ridgePath(ridge, w, h)}" fill="${css(ridge.colour)}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}">
<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop stop-color="${css(sky[0])}"/><stop offset="1" stop-color="${css(sky[1])}"/></linearGradient></defs>
<rect width="${w}" height="${h}" fill="url(#s)"/>
<circle cx="${sun.x * w}" cy="${sun.y * h}" r="${sun.r * Math.max(w, h)}" fill="${css(sun.colour)}"/>
${paths.join("\n")}</svg>`;
}

function ridgePath({ base, height, seed }, w, h) {
  const points = [];
  for (let step = 0; step <= 40; step += 1) {
    const x = step / 40;
    const wave =
      Math.sin(seed + x * 5) * 0.5 +
      Math.sin(seed * 2 + x * 13) * 0.3 +
      Math.sin(seed * 3 + x * 31) * 0.12;
    points.push(`${(x * w).toFixed(1)} ${((base - wave * height * 0.6) * h).toFixed(1)}`);
  }
  return `M${points.join("L")}L${w} ${h}L0 ${h}Z`;
}

export function thumbhashOf(seed) {
  const { ratio, sky, ridges } = pictureOf(seed);
  const [w, h] = ratio >= 1 ? [24, Math.round(24 / ratio)] : [Math.round(24 * ratio), 24];
  const rgba = new Uint8Array(w * h * 4);
  for (let y = 0; y < h; y += 1) {
    const at = y / h;
    const ridge = ridges.findLast(({ base }) => at > base - 0.05);
    const [r, g, b] = toRgb(ridge ? ridge.colour : sky[at < 0.3 ? 0 : 1]);
    for (let x = 0; x < w; x += 1) rgba.set([r, g, b, 255], (y * w + x) * 4);
  }
  return Buffer.from(rgbaToThumbHash(w, h, rgba)).toString("base64");
}

function toRgb({ h, s, l }) {
  const a = (s / 100) * Math.min(l / 100, 1 - l / 100);
  const channel = (n) => {
    const k = (n + h / 30) % 12;
    return Math.round(255 * (l / 100 - a * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
