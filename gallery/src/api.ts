/**
 * What the server says, as TypeScript. Mirrors `src/mediascream/wire.py` and the `/openapi.json`
 * that is made of it. Unknown yet is null.
 */

export type PhotoState = "deleted" | "attention" | "processing" | "safe";
export type Kind = "photo" | "video";

export type DeliveryState =
  | "queued"
  | "sending"
  | "delivered"
  | "waiting"
  | "blocked"
  | "refused"
  | "failed"
  | "skipped"
  | "cancelled";

/** How well a copy is known to equal the original, strongest first. */
export type Proof = "bytes" | "checksum" | "listed";

export interface DeliveryFault {
  code: string;
  detail: string;
}

/** What is known of one photo's way to one destination. */
export interface Receipt {
  destination: string;
  state: DeliveryState;
  reason: string | null;
  remote_id: string | null;
  remote_url: string | null;
  size: number | null;
  proof: Proof | null;
  delivered_at: string | null;
  checked_at: string | null;
  attempts: number;
  next_attempt_at: string | null;
  error: DeliveryFault | null;
  derivative: boolean;
}

export interface Photo {
  /** SHA-256 of the original, 64 hex digits. */
  id: string;
  file_name: string;
  media_type: string;
  kind: Kind;
  size: number;
  width: number | null;
  height: number | null;
  taken_at: string | null;
  /** The wall clock of the place, without an offset. */
  taken_local: string | null;
  taken_offset: string | null;
  taken_source: string | null;
  added_at: string;
  description: string | null;
  tags: string[];
  duplicate: boolean;
  state: PhotoState;
  archived: boolean;
  url: string;
  receipts: Receipt[];
  camera: string | null;
  lens: string | null;
  location: { latitude: number; longitude: number } | null;
  companions: string[];
  exposure: Exposure | null;
  duration_s: number | null;
  rating: number | null;
  /** `none` where the file defeats every decoder; null until that is known. */
  preview: "ready" | "none" | null;
  /** A thumbhash in base64. */
  placeholder: string | null;
}

/** How the picture was taken, as the camera wrote it. */
export interface Exposure {
  seconds: number | null;
  aperture: number | null;
  iso: number | null;
  focal_length_mm: number | null;
}

export interface PhotoPage {
  photos: Photo[];
  next: string | null;
}

export interface MonthCount {
  /** `2026-11` */
  month: string;
  count: number;
}

/** A month, or a part of it, as columns of equal length. */
export interface MonthColumns {
  id: string[];
  ratio: number[];
  taken_local: string[];
  kind: Kind[];
  placeholder: (string | null)[];
  state: PhotoState[];
  next: string | null;
}

export interface Delivery extends Receipt {
  photo_id: string;
  file_name: string;
}

export interface Destination {
  name: string;
  kind: "archive" | "service";
  connected: boolean;
  account: string | null;
  paused: boolean;
  counts: Partial<Record<DeliveryState, number>>;
  quota: { limit: number; used: number; resets_at: string } | null;
  estimate_done_at: string | null;
}

/** An `application/problem+json` (RFC 9457). */
export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  code?: string;
  errors?:
    | { code: string; detail?: string | null; index?: number | null; file_name?: string | null }[]
    | null;
}
