/** What `/health` says of the library as a whole, in sentences: when it was last proven, and where room runs out. Pure. */
import type { Health, LastProof, Room } from "../api";
import { byteSize, relativeTime, type Tone } from "../words";

export interface HealthLine {
  tone: Tone;
  text: string;
  /** More, where somebody looks closer. */
  detail: string;
}

export function healthLines(
  { last_drill, last_audit, rooms }: Partial<Health>,
  now = new Date(),
): HealthLine[] {
  const said = (what: string, proof: LastProof | null | undefined) =>
    proof ? [proofLine(what, proof, now)] : [];
  return [
    ...(rooms ?? []).filter(({ little }) => little).map(roomLine),
    ...said("restore drill", last_drill),
    ...said("check of copies", last_audit),
  ];
}

function proofLine(what: string, { at, good, detail }: LastProof, now: Date): HealthLine {
  const when = relativeTime(at, now);
  if (good) return { tone: "good", text: `Last ${what}: good, ${when}`, detail };
  return { tone: "bad", text: `Last ${what}: not good, ${when}. ${detail}`, detail };
}

function roomLine({ what, free, total }: Room): HealthLine {
  const text = `Little room (${what}): ${byteSize(free)} of ${byteSize(total)} free`;
  return { tone: "bad", text, detail: text };
}
