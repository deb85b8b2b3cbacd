/** Which photo an arrow key leads to. */

/** The drawn photo in the next row up or down that lies nearest, sideways, to this one; null at the end. */
export function nearestInNextRow(
  drawn: Iterable<HTMLElement>,
  id: string,
  direction: 1 | -1,
): string | null {
  const tiles = [...drawn].map((element) => ({
    id: element.dataset.id!,
    box: element.getBoundingClientRect(),
  }));
  const from = tiles.find((tile) => tile.id === id)?.box;
  if (!from) return null;
  const middle = from.left + from.width / 2;
  let best: { id: string; y: number; x: number } | null = null;
  for (const { id: other, box } of tiles) {
    const y = (box.top - from.top) * direction;
    if (y < from.height / 2) continue;
    const x = Math.max(0, Math.abs(box.left + box.width / 2 - middle) - box.width / 2);
    if (!best || y < best.y - 4 || (y < best.y + 4 && x < best.x)) best = { id: other, y, x };
  }
  return best?.id ?? null;
}
