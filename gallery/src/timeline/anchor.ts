/** What a person looks at, said so that it is found again when heights have changed. Pure. */
import { sectionAt } from "./window";

export interface AnchorSection {
  month: { key: string };
  layout: unknown;
  top: number;
  height: number;
}

export interface Anchor {
  month: string;
  /** Pixels from the month's top, or a share of its height where its photos are not known. */
  offset: number;
  share: number;
}

/**
 * A month whose photos are known is the best thing to hold on to: its pixels are real. Otherwise the
 * share of the estimate stays what it was.
 */
export function anchorAt(
  sections: readonly AnchorSection[],
  position: number,
  seen: number,
): Anchor | null {
  const first = sectionAt(sections, position);
  if (!first) return null;
  const from = sections.indexOf(first);
  let chosen = first;
  if (!first.layout)
    for (let at = from + 1; at < sections.length && sections[at]!.top < position + seen; at += 1)
      if (sections[at]!.layout) {
        chosen = sections[at]!;
        break;
      }
  const offset = position - chosen.top;
  return {
    month: chosen.month.key,
    offset,
    share: chosen.layout ? 0 : offset / Math.max(1, chosen.height),
  };
}

/** Where the anchor is now; null where its month is gone. */
export function positionOf(
  sections: readonly AnchorSection[],
  { month, offset, share }: Anchor,
): number | null {
  const section = sections.find(({ month: { key } }) => key === month);
  if (!section) return null;
  return section.top + (share ? share * section.height : offset);
}
