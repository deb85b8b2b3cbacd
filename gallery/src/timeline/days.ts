/** How the photos of a month are laid out by day. Pure. */
import { fillingHeight, justify, shownRatio, type Box, type Measures, type Row } from "./justify";

export interface DayMeasures extends Measures {
  /** Pixels above a day's rows, for its heading. */
  heading: number;
  /** Pixels between two days, both ways. */
  dayGap: number;
  /** A heading needs this many pixels to be read. */
  narrowestDay: number;
}

/** What the layout needs to know of a photo. */
export interface Dated {
  /** Local wall clock, `2026-11-24T10:00:00`. */
  taken: string;
  ratio: number;
}

/** One day's heading and rows. `rows` count y from below the heading; boxes index into the month. */
export interface DayBlock {
  day: string;
  x: number;
  y: number;
  width: number;
  height: number;
  first: number;
  count: number;
  rows: Row[];
}

export interface MonthLayout {
  days: DayBlock[];
  height: number;
}

interface DaySpan {
  day: string;
  first: number;
  count: number;
  ratioSum: number;
}

export const dayOf = (taken: string) => taken.slice(0, 10);
export const monthOf = (taken: string) => taken.slice(0, 7);

/**
 * Stack the days of a month. Days of a few photos stand side by side where they fit on one row, so
 * that a year of single photos is not a year of empty rows.
 */
export function layOutMonth(photos: readonly Dated[], measures: DayMeasures): MonthLayout {
  const days: DayBlock[] = [];
  let y = 0;
  for (const line of linesOfDays(spansOf(photos), measures)) {
    const blocks =
      line.length > 1
        ? placeSideBySide(photos, line, y, measures)
        : [placeAlone(photos, line[0]!, y, measures)];
    days.push(...blocks);
    y += Math.max(...blocks.map((block) => block.height)) + measures.dayGap;
  }
  return { days, height: Math.max(0, y - measures.dayGap) };
}

/** The height of a month whose photos are not known yet, near enough to scroll by. */
export function estimateMonth(photos: number, measures: DayMeasures): number {
  const perRow = Math.max(1, measures.width / (measures.rowHeight * 1.3 + measures.gap));
  const days = Math.min(photos, 12);
  return Math.round(
    Math.ceil(photos / perRow) * (measures.rowHeight + measures.gap) +
      days * 0.5 * (measures.heading + measures.dayGap),
  );
}

function spansOf(photos: readonly Dated[]): DaySpan[] {
  const spans: DaySpan[] = [];
  photos.forEach((photo, index) => {
    const day = dayOf(photo.taken);
    let span = spans.at(-1);
    if (span?.day !== day) {
      span = { day, first: index, count: 0, ratioSum: 0 };
      spans.push(span);
    }
    span.count += 1;
    span.ratioSum += shownRatio(photo.ratio);
  });
  return spans;
}

const photosWidth = (span: DaySpan, { rowHeight, gap }: DayMeasures) =>
  span.ratioSum * rowHeight + gap * (span.count - 1);

const naturalWidth = (span: DaySpan, measures: DayMeasures) =>
  Math.max(measures.narrowestDay, photosWidth(span, measures));

function linesOfDays(spans: DaySpan[], measures: DayMeasures): DaySpan[][] {
  const lines: DaySpan[][] = [];
  let room = -1;
  for (const span of spans) {
    const needed = naturalWidth(span, measures);
    if (needed <= room) lines.at(-1)!.push(span);
    else {
      lines.push([span]);
      room = measures.width;
    }
    room -= needed + measures.dayGap;
  }
  return lines;
}

function placeAlone(
  photos: readonly Dated[],
  span: DaySpan,
  y: number,
  measures: DayMeasures,
): DayBlock {
  const ratios = photos.slice(span.first, span.first + span.count).map((photo) => photo.ratio);
  const rows = justify(ratios, measures).map((row) => shiftedBy(span.first, row));
  const last = rows.at(-1)!;
  return {
    day: span.day,
    x: 0,
    y,
    width: measures.width,
    height: measures.heading + last.y + last.height,
    first: span.first,
    count: span.count,
    rows,
  };
}

const shiftedBy = (first: number, row: Row): Row => ({
  ...row,
  boxes: row.boxes.map((box) => ({ ...box, index: box.index + first })),
});

function placeSideBySide(
  photos: readonly Dated[],
  line: DaySpan[],
  y: number,
  measures: DayMeasures,
): DayBlock[] {
  const height = sharedHeight(line, measures);
  let x = 0;
  const blocks = line.map((span) => {
    const boxes = boxesInARow(photos, span, height, measures.gap);
    const last = boxes.at(-1)!;
    const width = Math.max(last.x + last.width, measures.narrowestDay);
    const block = {
      day: span.day,
      x,
      y,
      width,
      height: measures.heading + height,
      first: span.first,
      count: span.count,
      rows: [{ y: 0, height, boxes }],
    };
    x += width + measures.dayGap;
    return block;
  });
  fillUp(blocks, measures.width);
  return blocks;
}

/** The few pixels that rounding left over go to the last photo of a line that is full. */
function fillUp(blocks: DayBlock[], width: number): void {
  const last = blocks.at(-1)!;
  const { boxes, height } = last.rows[0]!;
  const spare = width - (last.x + last.width);
  const photos = blocks.reduce((sum, { count }) => sum + count, 0);
  if (spare <= 0 || spare > 3 * photos + height * 0.02) return;
  last.width += spare;
  boxes.at(-1)!.width += spare;
}

/** The height at which the line is full, unless that is far from the wish. */
function sharedHeight(line: DaySpan[], measures: DayMeasures): number {
  const ratioSum = line.reduce((sum, span) => sum + span.ratioSum, 0);
  const photos = line.reduce((sum, span) => sum + span.count, 0);
  const innerGaps = photos - line.length;
  const width = measures.width - measures.dayGap * (line.length - 1) - measures.gap * innerGaps;
  const filling = fillingHeight(ratioSum, 1, { ...measures, width });
  const widened = line.some((span) => photosWidth(span, measures) < measures.narrowestDay);
  if (widened || filling > measures.rowHeight * 1.3) return measures.rowHeight;
  return Math.floor(filling);
}

function boxesInARow(photos: readonly Dated[], span: DaySpan, height: number, gap: number): Box[] {
  const boxes: Box[] = [];
  let x = 0;
  for (let index = span.first; index < span.first + span.count; index += 1) {
    const width = Math.floor(shownRatio(photos[index]!.ratio) * height);
    boxes.push({ index, x, width });
    x += width + gap;
  }
  return boxes;
}
