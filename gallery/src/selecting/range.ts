/** What a click with shift selects. Pure. */

/** The ids from one to the other, both included, in the order they are shown; only the last where one is unknown. */
export function rangeOf(shown: readonly string[], from: string | null, to: string): string[] {
  const [a, b] = [from === null ? -1 : shown.indexOf(from), shown.indexOf(to)];
  if (a < 0 || b < 0) return [to];
  return shown.slice(Math.min(a, b), Math.max(a, b) + 1);
}
