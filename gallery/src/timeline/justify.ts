/**
 * Rows of photos that fill a width, each photo uncropped and all of a row equally high.
 * Pure: the same ratios and measures always give the same boxes.
 */

export interface Measures {
  /** Pixels to fill. */
  width: number;
  /** The height that rows come close to, in pixels. */
  rowHeight: number;
  /** Pixels between photos, both ways. */
  gap: number;
}

/** One photo's box; `index` counts from the first ratio that was given. */
export interface Box {
  index: number;
  x: number;
  width: number;
}

export interface Row {
  y: number;
  height: number;
  boxes: Box[];
}

/** A panorama or a strip would make a row of a few pixels' height: it is shown cropped instead. */
const NARROWEST = 0.5;
const WIDEST = 3.5;
/** How much taller than wished the last row may become rather than leave a gap at its end. */
const LAST_ROW_STRETCH = 1.3;

export const shownRatio = (ratio: number) => Math.min(WIDEST, Math.max(NARROWEST, ratio));

/** Lay photos out in rows from y = 0 downwards. Every row but the last fills the width exactly. */
export function justify(ratios: readonly number[], measures: Measures): Row[] {
  const rows: Row[] = [];
  let first = 0;
  let y = 0;
  while (first < ratios.length) {
    const end = endOfRow(ratios, first, measures);
    const height = heightOfRow(ratios, first, end, measures);
    rows.push({ y, height, boxes: placeBoxes(ratios, first, end, height, measures) });
    y += height + measures.gap;
    first = end;
  }
  return rows;
}

/** Where the row that starts at `first` is best cut: its height then comes closest to the wish. */
function endOfRow(ratios: readonly number[], first: number, measures: Measures): number {
  let sum = 0;
  let heightBefore = Infinity;
  for (let end = first + 1; end <= ratios.length; end += 1) {
    sum += shownRatio(ratios[end - 1]!);
    const height = fillingHeight(sum, end - first, measures);
    if (height <= measures.rowHeight) {
      const tooTall = heightBefore / measures.rowHeight;
      const tooFlat = measures.rowHeight / height;
      return tooFlat <= tooTall ? end : end - 1;
    }
    heightBefore = height;
  }
  return ratios.length;
}

function heightOfRow(
  ratios: readonly number[],
  first: number,
  end: number,
  measures: Measures,
): number {
  let sum = 0;
  for (let index = first; index < end; index += 1) sum += shownRatio(ratios[index]!);
  const filling = fillingHeight(sum, end - first, measures);
  const stretch = end === ratios.length ? LAST_ROW_STRETCH : Infinity;
  return Math.round(filling <= measures.rowHeight * stretch ? filling : measures.rowHeight);
}

/** The height at which photos of these ratios together are exactly as wide as the row. */
export function fillingHeight(ratioSum: number, photos: number, { width, gap }: Measures): number {
  return (width - gap * (photos - 1)) / ratioSum;
}

function placeBoxes(
  ratios: readonly number[],
  first: number,
  end: number,
  height: number,
  { width, gap }: Measures,
): Box[] {
  const boxes: Box[] = [];
  let x = 0;
  for (let index = first; index < end; index += 1) {
    const box = { index, x, width: Math.round(shownRatio(ratios[index]!) * height) };
    boxes.push(box);
    x += box.width + gap;
  }
  const last = boxes.at(-1)!;
  const spare = width - (last.x + last.width);
  // What rounding left over or took too much; a last row that is far from full keeps its gap.
  if (Math.abs(spare) <= boxes.length + 1 || spare < 0) last.width += spare;
  return boxes;
}
