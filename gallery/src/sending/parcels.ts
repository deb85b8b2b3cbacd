/**
 * Files on their way to the server, as a state machine. Pure: what happens is told to it, and what is
 * to be done next is asked of it.
 *
 *     queued -> sending -> uploaded | duplicate | deleted | ignored | failed
 *                  |  ^
 *                  v  |
 *                waiting            the network or the server was away; goes on by itself
 */
import type { Photo } from "../api";

export type ParcelState =
  | "queued"
  | "sending"
  | "waiting"
  | "uploaded"
  | "duplicate"
  | "deleted"
  | "ignored"
  | "failed"
  | "cancelled";

export interface Parcel {
  key: number;
  name: string;
  size: number;
  state: ParcelState;
  /** Bytes that left this machine. */
  sent: number;
  attempts: number;
  /** A sentence, where it did not go well. */
  detail: string | null;
  photoId: string | null;
}

export const ends: ReadonlySet<ParcelState> = new Set([
  "uploaded",
  "duplicate",
  "deleted",
  "ignored",
  "failed",
  "cancelled",
]);

export const parcelWords: Record<ParcelState, string> = {
  queued: "In the queue",
  sending: "Sending",
  waiting: "Waiting for the network",
  uploaded: "Sent",
  duplicate: "Already here",
  deleted: "In the trash here",
  ignored: "Not a photo or video",
  failed: "Not taken",
  cancelled: "Cancelled",
};

export const isOpen = (parcel: Parcel) => !ends.has(parcel.state);

/** The parcels to start now, oldest first, so that at most `atOnce` are under way. */
export function toStart<P extends Parcel>(parcels: readonly P[], atOnce: number): P[] {
  const underWay = parcels.filter(({ state }) => state === "sending").length;
  return parcels.filter(({ state }) => state === "queued").slice(0, Math.max(0, atOnce - underWay));
}

/** What the server said to one upload. Status 0 is no answer at all. */
export interface Answer {
  status: number;
  photo?: Photo;
  code?: string;
  detail?: string;
}

const PASSING = new Set([0, 408, 429, 500, 502, 503, 504]);

/** Where an answer takes a parcel. */
export function afterAnswer(answer: Answer): Pick<Parcel, "state" | "detail" | "photoId"> {
  const { status, photo, code, detail = null } = answer;
  const photoId = photo?.id ?? null;
  if (photo && status < 300) return { state: endFor(photo), detail: null, photoId };
  if (PASSING.has(status)) return { state: "waiting", detail, photoId };
  if (status === 415 || code === "not-a-photo") return { state: "ignored", detail, photoId };
  return { state: "failed", detail: detail ?? `The server answered ${status}`, photoId };
}

function endFor(photo: Photo): ParcelState {
  if (photo.state === "deleted") return "deleted";
  return photo.duplicate ? "duplicate" : "uploaded";
}

const LONGEST_PAUSE_MS = 30_000;

/** How long to wait before the next attempt: 1, 2, 4 … 30 seconds, spread so that three do not return as one. */
export function pauseMs(attempts: number, random: () => number = Math.random): number {
  const pause = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** Math.max(0, attempts - 1));
  return Math.round(pause * (0.75 + random() / 2));
}

export interface Tally {
  total: number;
  open: number;
  done: number;
  failed: number;
  ignored: number;
  duplicates: number;
  bytes: number;
  bytesSent: number;
  waiting: boolean;
}

export function tally(parcels: readonly Parcel[]): Tally {
  const counted = parcels.filter(({ state }) => state !== "cancelled");
  const having = (...states: ParcelState[]) =>
    counted.filter(({ state }) => states.includes(state)).length;
  return {
    total: counted.length,
    open: counted.filter(isOpen).length,
    done: having("uploaded", "duplicate"),
    failed: having("failed"),
    ignored: having("ignored", "deleted"),
    duplicates: having("duplicate"),
    bytes: sum(counted.map(({ size }) => size)),
    bytesSent: sum(counted.map((parcel) => (isOpen(parcel) ? parcel.sent : parcel.size))),
    waiting: counted.some(({ state }) => state === "waiting"),
  };
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
