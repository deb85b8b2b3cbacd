/**
 * Months as they are shown. Months of a few photos share one heading and their days stand side by side:
 * a life of one photo a month is otherwise a long strip of headings. Pure.
 */
import type { Month, Tile } from "./months";

/** Looks like a month to the layout; `tiles` is null until every month of it is read. */
export interface MonthGroup extends Month {
  months: readonly Month[];
}

/** A month of more photos than this stands alone. */
const FEW = 8;
/** A group is full with so many. */
const TOGETHER = 18;

/**
 * The months in groups, newest first. A group whose months did not change is the same object as in
 * `before`, so that its layout is kept.
 */
export function grouped(
  months: readonly Month[],
  before: readonly MonthGroup[] = [],
): MonthGroup[] {
  const known = new Map(before.map((group) => [group.key, group]));
  return inRuns(months).map((run) => {
    const same = known.get(run[0]!.key);
    const unchanged =
      same?.months.length === run.length && run.every((month, at) => month === same.months[at]);
    return unchanged ? same : groupOf(run);
  });
}

function inRuns(months: readonly Month[]): Month[][] {
  const runs: Month[][] = [];
  let room = 0;
  for (const month of months) {
    const fits = month.count <= FEW && month.count <= room;
    if (fits) runs.at(-1)!.push(month);
    else runs.push([month]);
    room = (fits ? room : month.count <= FEW ? TOGETHER : 0) - month.count;
  }
  return runs;
}

function groupOf(months: readonly Month[]): MonthGroup {
  const read = months.every(({ tiles }) => tiles !== null);
  return {
    key: months[0]!.key,
    count: months.reduce((sum, { count }) => sum + count, 0),
    tiles: read ? months.flatMap(({ tiles }) => tiles as readonly Tile[]) : null,
    // A month that comes in parts is too long to share a heading.
    next: months.at(-1)!.next,
    months,
  };
}
