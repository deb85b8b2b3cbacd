/** The server's words as sentences for a person. Pure; times are shown in the reader's language and zone. */
import type { DeliveryState, Exposure, Photo, PhotoState, Proof, Receipt } from "./api";

export const stateWords: Record<PhotoState, string> = {
  safe: "Safe",
  processing: "Working",
  attention: "Needs attention",
  deleted: "In the trash",
};

export const deliveryWords: Record<DeliveryState, string> = {
  queued: "In the queue",
  sending: "Being sent",
  delivered: "Delivered",
  waiting: "Waiting, goes on by itself",
  blocked: "Blocked: needs you",
  refused: "Not taken by this service",
  failed: "Failed",
  skipped: "Skipped",
  cancelled: "Cancelled",
};

/** Where there is no room for a sentence. */
export const shortWords: Record<DeliveryState, string> = {
  queued: "Queued",
  sending: "Sending",
  delivered: "Delivered",
  waiting: "Waiting",
  blocked: "Blocked",
  refused: "Not taken",
  failed: "Failed",
  skipped: "Skipped",
  cancelled: "Cancelled",
};

export const proofWords: Record<Proof, string> = {
  bytes: "read back and equal, byte for byte",
  checksum: "checksum confirmed on arrival",
  listed: "shown there under its id",
};

const destinationNames: Record<string, string> = {
  folder: "Folder archive",
  s3: "S3 archive",
  flickr: "Flickr",
  gphotos: "Google Photos",
};

export const destinationName = (name: string) => destinationNames[name] ?? name;

export type Tone = "good" | "working" | "bad" | "still";

/** The colour a delivery's state is told in. */
export function toneOf(state: DeliveryState): Tone {
  switch (state) {
    case "delivered":
      return "good";
    case "queued":
    case "sending":
    case "waiting":
      return "working";
    case "blocked":
    case "failed":
      return "bad";
    case "refused":
    case "skipped":
    case "cancelled":
      return "still";
  }
}

/** One sentence that says where a delivery stands and how well that is known. */
export function receiptSentence(receipt: Receipt, now = new Date()): string {
  if (receipt.state === "delivered") {
    const copy = receipt.derivative ? "A converted copy is there" : "Copy is there";
    return receipt.proof ? `${copy}, ${proofWords[receipt.proof]}` : copy;
  }
  if (receipt.state === "skipped")
    return receipt.reason === "not_connected" ? "Not connected" : "Skipped, as the sender asked";
  if (receipt.state === "waiting" && receipt.next_attempt_at)
    return `Waiting, next try ${relativeTime(receipt.next_attempt_at, now)}`;
  return deliveryWords[receipt.state];
}

const BYTE_UNITS = ["bytes", "kB", "MB", "GB", "TB"];

export function byteSize(bytes: number): string {
  let unit = 0;
  let amount = bytes;
  while (amount >= 999.5 && unit < BYTE_UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && amount < 9.95 ? 1 : 0;
  return `${amount.toFixed(digits)} ${BYTE_UNITS[unit]}`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

export function relativeTime(iso: string, now = new Date()): string {
  const seconds = (new Date(iso).getTime() - now.getTime()) / 1000;
  const distance = Math.abs(seconds);
  if (distance < 45) return seconds > 0 ? "in a moment" : "just now";
  if (distance < HOUR) return relative.format(Math.round(seconds / MINUTE), "minute");
  if (distance < DAY) return relative.format(Math.round(seconds / HOUR), "hour");
  if (distance < 30 * DAY) return relative.format(Math.round(seconds / DAY), "day");
  return new Date(iso).toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** A wall clock without an offset, read as it stands wherever the reader is. */
function wallClock(local: string): Date {
  const [day = "", time = "12:00:00"] = local.split("T");
  const [year = 1970, month = 1, date = 1] = day.split("-").map(Number);
  const [hour = 12, minute = 0] = time.split(":").map(Number);
  return new Date(year, month - 1, date, hour, minute);
}

export function takenWords(photo: Photo): string {
  if (!photo.taken_local) return "Date unknown";
  const moment = wallClock(photo.taken_local).toLocaleString(undefined, {
    weekday: "long",
    day: "numeric",
    month: "long",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  return photo.taken_offset ? `${moment} (UTC${photo.taken_offset})` : moment;
}

/** `2026-11-24` as a heading: 'Today', 'Tuesday 24 November', with the year where it is not this one. */
export function dayWords(day: string, now = new Date()): string {
  const date = wallClock(day);
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const daysAgo = Math.round(
    (midnight.getTime() - new Date(date).setHours(0, 0, 0, 0)) / (DAY * 1000),
  );
  if (daysAgo === 0) return "Today";
  if (daysAgo === 1) return "Yesterday";
  const sameYear = date.getFullYear() === now.getFullYear();
  return date.toLocaleDateString(undefined, {
    weekday: "short",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

export function monthWords(month: string): string {
  return wallClock(`${month}-01`).toLocaleDateString(undefined, { month: "long", year: "numeric" });
}

/** From the older to the newer of two months; the year is said once where it is the same. */
export function monthsWords(newest: string, oldest: string): string {
  if (newest === oldest) return monthWords(newest);
  if (newest.slice(0, 4) !== oldest.slice(0, 4))
    return `${monthWords(oldest)} – ${monthWords(newest)}`;
  return `${wallClock(`${oldest}-01`).toLocaleDateString(undefined, { month: "long" })} – ${monthWords(newest)}`;
}

export function exposureWords({ seconds, aperture, iso, focal_length_mm }: Exposure): string {
  const parts: string[] = [];
  if (seconds) parts.push(shutterWords(seconds));
  if (aperture) parts.push(`ƒ/${trimmed(aperture)}`);
  if (iso) parts.push(`ISO ${iso}`);
  if (focal_length_mm) parts.push(`${trimmed(focal_length_mm)} mm`);
  return parts.join(" · ");
}

const shutterWords = (seconds: number) =>
  seconds >= 0.3 ? `${trimmed(seconds)} s` : `1/${Math.round(1 / seconds)} s`;

const trimmed = (number: number) => String(Math.round(number * 10) / 10);

export function dimensionsWords(photo: Photo): string {
  const size = byteSize(photo.size);
  if (!photo.width || !photo.height) return size;
  const megapixels = (photo.width * photo.height) / 1e6;
  return `${photo.width} × ${photo.height} · ${megapixels.toFixed(megapixels < 9.95 ? 1 : 0)} MP · ${size}`;
}

export function placeWords(place: { latitude: number; longitude: number }): string {
  const { latitude, longitude } = place;
  const north = `${Math.abs(latitude).toFixed(5)}° ${latitude < 0 ? "S" : "N"}`;
  const east = `${Math.abs(longitude).toFixed(5)}° ${longitude < 0 ? "W" : "E"}`;
  return `${north}, ${east}`;
}

export function durationWords(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / HOUR), Math.floor((whole % HOUR) / MINUTE)];
  const rest = String(whole % MINUTE).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

export const count = (number: number, one: string, many = `${one}s`) =>
  `${number.toLocaleString()} ${number === 1 ? one : many}`;
