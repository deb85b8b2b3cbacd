/** Which of many stacked sections are seen. Pure. */

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
