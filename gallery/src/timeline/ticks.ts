/** The marks beside the timeline: a label a year, a dot a month, as far as there is room. Pure. */

export interface ScrubSection {
  /** `2026-11` */
  key: string;
  top: number;
}

export interface Tick {
  y: number;
  /** The year; null is a dot. */
  label: string | null;
}

const LABEL_ROOM = 22;
const DOT_ROOM = 9;

/** @param span real pixels from the first position to the last; @param height pixels of the rail. */
export function ticksOf(sections: readonly ScrubSection[], span: number, height: number): Tick[] {
  const labels = yearLabels(sections, span, height);
  const ticks: Tick[] = [...labels];
  let last = -Infinity;
  for (const { top } of sections) {
    const y = Math.round((top / span) * height);
    if (
      y > height ||
      y - last < DOT_ROOM ||
      labels.some((label) => Math.abs(label.y - y) < LABEL_ROOM * 0.7)
    )
      continue;
    ticks.push({ y, label: null });
    last = y;
  }
  return ticks;
}

function yearLabels(sections: readonly ScrubSection[], span: number, height: number): Tick[] {
  const labels: Tick[] = [];
  let year = "";
  for (const { key, top } of sections) {
    if (key.slice(0, 4) === year) continue;
    const y = Math.round((top / span) * height);
    const before = labels.at(-1);
    if (y <= height && (!before || y - before.y >= LABEL_ROOM))
      labels.push({ y, label: key.slice(0, 4) });
    year = key.slice(0, 4);
  }
  return labels;
}
