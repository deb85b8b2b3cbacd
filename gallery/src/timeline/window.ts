/**
 * Which of many stacked sections are seen, and where the box that scrolls lies among them. Pure.
 *
 * A million photos are some 50 million pixels high; browsers end at 16 to 33 million. So the box is a
 * window of at most `TALLEST` pixels onto the real height: `base` is the real pixel at its top, and it
 * is moved along (with the scroll position, so that nothing is seen of it) before its end is reached.
 * Heights that turn out different from their estimate above what is seen move the base too, and never
 * the photos under a person's finger.
 */

export const TALLEST = 4_000_000;

export interface Stack<Section> {
  items: (Section & { top: number })[];
  height: number;
}

/** Sections one below the other, with a gap between. */
export function stacked<Section extends { height: number }>(
  sections: readonly Section[],
  gap: number,
): Stack<Section> {
  let top = 0;
  const items = sections.map((section) => {
    const placed = { ...section, top };
    top += section.height + gap;
    return placed;
  });
  return { items, height: Math.max(0, top - gap) };
}

/** The sections that touch the pixels from `top` to `bottom`; they lie in order, so both ends are searched for. */
export function sectionsWithin<Section extends { top: number; height: number }>(
  sections: readonly Section[],
  top: number,
  bottom: number,
): Section[] {
  const first = firstThat(
    sections.length,
    (index) => sections[index]!.top + sections[index]!.height > top,
  );
  const end = firstThat(sections.length, (index) => sections[index]!.top >= bottom);
  return sections.slice(first, Math.max(first, end));
}

/** The section at a pixel, or the next one below it; the last where there is none. */
export function sectionAt<Section extends { top: number; height: number }>(
  sections: readonly Section[],
  y: number,
): Section | undefined {
  const index = firstThat(sections.length, (at) => sections[at]!.top + sections[at]!.height > y);
  return sections[index] ?? sections.at(-1);
}

export interface BoxPlace {
  base: number;
  scrollTop: number;
}

/** The box with this real pixel at the top of the screen, and as much to scroll as can be on both sides. */
export function placeBox(
  position: number,
  realHeight: number,
  seen: number,
  tallest = TALLEST,
): BoxPlace {
  const y = Math.max(0, Math.min(position, realHeight - seen));
  if (realHeight <= tallest) return { base: 0, scrollTop: y };
  const base = Math.max(0, Math.min(Math.round(y - tallest / 2), realHeight - tallest));
  return { base, scrollTop: y - base };
}

/** Whether the box ends soon on a side where there is more to see, or begins before the first photo. */
export function boxRunsOut(
  { base, scrollTop }: BoxPlace,
  realHeight: number,
  seen: number,
  tallest = TALLEST,
): boolean {
  const boxHeight = Math.min(realHeight, tallest);
  if (base < 0) return true;
  if (base > 0 && scrollTop < seen) return true;
  const below = boxHeight - (scrollTop + seen);
  return base + boxHeight < realHeight && below < seen;
}

/** The first index for which an ordered question is answered yes, or `length`. */
function firstThat(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
