/** The library as the page holds it: months, newest first, of tiles, newest first. Pure; nothing is changed in place. */
import type { Kind, TimelineMonth, MonthCount, Photo, PhotoState } from "../api";
import { monthOf, type Dated } from "./days";

/** What the grid shows of one photo. */
export interface Tile extends Dated {
  id: string;
  kind: Kind;
  state: PhotoState;
  placeholder: string | null;
  /** Empty where only the timeline's columns are known. */
  name: string;
  duration: number | null;
  /** `none`: there never will be one; null: not yet, or nobody has said so. */
  thumbnail: "ready" | "none" | null;
}

/** `tiles` is null where the month is only counted so far; a long month is read part by part. */
export interface Month {
  key: string;
  count: number;
  tiles: readonly Tile[] | null;
  /** The server's cursor of the part that follows the known tiles; null where none of them or all are known. */
  next: string | null;
}

const RATIO_UNKNOWN = 4 / 3;

export function tileOf(photo: Photo): Tile {
  const { width, height } = photo;
  return {
    id: photo.id,
    taken: photo.taken_local ?? localClock(photo.added_at),
    ratio: width && height ? width / height : RATIO_UNKNOWN,
    kind: photo.kind,
    state: photo.state,
    placeholder: photo.placeholder ?? null,
    name: photo.file_name,
    duration: photo.duration_s ?? null,
    thumbnail: photo.preview,
  };
}

export function tilesOf(columns: TimelineMonth): Tile[] {
  return columns.id.map((id, index) => {
    const placeholder = columns.placeholder[index] ?? null;
    return {
      id,
      taken: columns.taken_local[index]!,
      ratio: columns.ratio[index] || RATIO_UNKNOWN,
      kind: columns.kind[index]!,
      state: columns.state[index]!,
      placeholder,
      name: "",
      duration: null,
      thumbnail: placeholder ? "ready" : null,
    };
  });
}

/** A moment in UTC as the wall clock of this reader. */
function localClock(utc: string): string {
  const moment = new Date(utc);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000)
    .toISOString()
    .slice(0, 19);
}

export const countedMonths = (counts: readonly MonthCount[]): Month[] =>
  counts.map(({ month, count }) => ({ key: month, count, tiles: null, next: null }));

/** The months with these tiles added or, where their id is there already, replaced. */
export function withTiles(months: readonly Month[], tiles: readonly Tile[]): Month[] {
  const ids = new Set(tiles.map((tile) => tile.id));
  const byMonth = groupedByMonth(tiles);
  const kept = months.map((month) => without(month, ids));
  for (const [key, added] of byMonth) {
    const at = kept.findIndex((month) => month.key <= key);
    const there = at >= 0 && kept[at]!.key === key ? kept[at]! : null;
    if (there) kept[at] = withAdded(there, added);
    else
      kept.splice(
        at < 0 ? kept.length : at,
        0,
        withAdded({ key, count: 0, tiles: [], next: null }, added),
      );
  }
  return kept.filter((month) => month.count > 0);
}

export const countOf = (months: readonly Month[]) =>
  months.reduce((sum, { count }) => sum + count, 0);

/** The number of photos before this one in the whole library, months that are not read counted in; -1 where unknown. */
export function indexOf(months: readonly Month[], id: string): number {
  let before = 0;
  for (const { count, tiles } of months) {
    const index = tiles?.findIndex((tile) => tile.id === id) ?? -1;
    if (index >= 0) return before + index;
    before += count;
  }
  return -1;
}

/** The photo at an index of the whole library: its tile, or the month that must be read to know it. */
export function tileAt(
  months: readonly Month[],
  index: number,
): { tile: Tile | null; month: string } | null {
  let before = 0;
  for (const { key, count, tiles } of months) {
    if (index < before + count) return { tile: tiles?.[index - before] ?? null, month: key };
    before += count;
  }
  return null;
}

function groupedByMonth(tiles: readonly Tile[]): Map<string, Tile[]> {
  const groups = new Map<string, Tile[]>();
  for (const tile of tiles) {
    const key = monthOf(tile.taken);
    const group = groups.get(key);
    if (group) group.push(tile);
    else groups.set(key, [tile]);
  }
  return groups;
}

export function withoutTiles(months: readonly Month[], ids: ReadonlySet<string>): Month[] {
  return months.map((month) => without(month, ids)).filter((month) => month.count > 0);
}

/** The month with its newest tiles known, and all of them where nothing is `next`. */
export function withLoaded(
  months: readonly Month[],
  key: string,
  tiles: readonly Tile[],
  next: string | null = null,
): Month[] {
  return months.map((month) =>
    month.key === key ? { key, count: countWith(month, tiles, next), tiles, next } : month,
  );
}

/** The month with the part known that begins `from` there; a part that fits no more changes nothing. */
export function withPart(
  months: readonly Month[],
  key: string,
  from: string | null,
  part: readonly Tile[],
  next: string | null,
): Month[] {
  const month = months.find((one) => one.key === key);
  if (!month || month.next !== from || (from === null && month.tiles)) return [...months];
  const ids = new Set(month.tiles?.map(({ id }) => id));
  const tiles = [...(month.tiles ?? []), ...part.filter(({ id }) => !ids.has(id))];
  return withLoaded(months, key, tiles, next);
}

/** The number of tiles is the truth once all are known. */
const countWith = (month: Month, tiles: readonly Tile[], next: string | null) =>
  next === null ? tiles.length : Math.max(month.count, tiles.length + 1);

/** Whether a photo of this moment lies in what was not read of its month. */
export const liesUnread = ({ tiles, next }: Month, taken: string) =>
  tiles === null || (next !== null && !(tiles.length > 0 && taken >= tiles.at(-1)!.taken));

/** The same months by new counts; what is known of a month stays known where its count did not change. */
export function withCounts(months: readonly Month[], counts: readonly MonthCount[]): Month[] {
  const before = new Map(months.map((month) => [month.key, month]));
  return counts.map(({ month: key, count }) => {
    const known = before.get(key);
    if (!known || (!known.tiles && known.count !== count))
      return { key, count, tiles: null, next: null };
    if (known.next === null || known.count === count) return known;
    return { ...known, count: countWith({ ...known, count }, known.tiles!, known.next) };
  });
}

function without(month: Month, ids: ReadonlySet<string>): Month {
  if (!month.tiles?.some((tile) => ids.has(tile.id))) return month;
  const tiles = month.tiles.filter((tile) => !ids.has(tile.id));
  return { ...month, tiles, count: month.count - (month.tiles.length - tiles.length) };
}

function withAdded(month: Month, added: readonly Tile[]): Month {
  // Of what is only counted, the count was right without us, or will be when it is read.
  const shown = added.filter(({ taken }) => !liesUnread(month, taken));
  if (month.tiles === null || !shown.length) return month;
  return { ...month, tiles: merged(month.tiles, shown), count: month.count + shown.length };
}

/** Both lists are or become newest first; what is there keeps its order, as the server's is the truth. */
function merged(there: readonly Tile[], added: readonly Tile[]): Tile[] {
  const last = there.at(-1);
  const newestFirst = added.toSorted((a, b) =>
    a.taken < b.taken ? 1 : a.taken > b.taken ? -1 : 0,
  );
  if (!last || newestFirst[0]!.taken <= last.taken) return [...there, ...newestFirst];
  const all: Tile[] = [];
  let next = 0;
  for (const tile of there) {
    while (next < newestFirst.length && newestFirst[next]!.taken >= tile.taken)
      all.push(newestFirst[next++]!);
    all.push(tile);
  }
  return [...all, ...newestFirst.slice(next)];
}
