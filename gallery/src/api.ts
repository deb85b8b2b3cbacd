/** What the server says. Made of `/openapi.json` by tools/gallery_types.py (`make fix`): not to be edited. */

/** A copy that was looked at again: by whom, and what was found. */
export interface Check {
  at: string;
  by: "audit" | "verify" | "deep" | "drill";
  photo_id: string;
  file_name: string;
  destination: DestinationName;
  result: "good" | "healed" | "wrong" | "unknown";
  code: string | null;
  detail: string | null;
}

/** Every id that was asked, either as a key of `known` or in `unknown`. */
export interface CheckAnswer {
  known: Record<string, Known>;
  unknown: string[];
}

/** Which of these ids are known? `deep` has the archive copies read again first. */
export interface CheckRequest {
  ids: string[];
  deep?: boolean;
}

/** A page of checks, newest first. `next` is the `cursor` of the page after it. */
export interface ChecksPage {
  checks: Check[];
  next: string | null;
}

/** A page of deliveries. `next` is the `cursor` of the page after it. */
export interface DeliveriesPage {
  deliveries: Delivery[];
  next: string | null;
}

/** A receipt that stands alone, with the photo it belongs to. */
export interface Delivery {
  destination: DestinationName;
  state: DeliveryState;
  reason: SkipReason | null;
  remote_id: string | null;
  remote_url: string | null;
  size: number | null;
  proof: Proof | null;
  delivered_at: string | null;
  checked_at: string | null;
  attempts: number;
  next_attempt_at: string | null;
  error: ReceiptError | null;
  derivative: boolean;
  photo_id: string;
  file_name: string;
}

/** Where one photo stands on its way to one destination. */
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

/** A destination, and how many deliveries of each state it has. */
export interface Destination {
  name: DestinationName;
  kind: "archive" | "service";
  connected: boolean;
  account: string | null;
  paused: boolean;
  counts: Partial<Record<DeliveryState, number>>;
  quota: Quota | null;
  estimate_done_at: string | null;
}

/** Which delivery of a photo to retry or to skip. */
export interface DestinationBody {
  destination: DestinationName;
}

/**
 * A place that gets a copy of each photo. `FOLDER` and `S3` are archives, the others services.
 * Going through them names those that this installation knows: ours, and what other packages bring.
 * Any other word that could be a name is one too, since rows, sidecars and servers may tell of a
 * package that is not installed here.
 */
export type DestinationName = "folder" | "s3" | "flickr" | "gphotos";

/** Every destination, connected or not; the archive first. */
export interface DestinationsAnswer {
  destinations: Destination[];
}

/** How the picture was taken, as the camera wrote it. */
export interface Exposure {
  seconds: number | null;
  aperture: number | null;
  iso: number | null;
  focal_length_mm: number | null;
}

/** `ok` without reasons, `degraded` with some, `down` (503) where no upload can be taken. */
export interface Health {
  status: "ok" | "degraded" | "down";
  reasons: HealthReason[];
  last_audit: LastProof | null;
  last_drill: LastProof | null;
  rooms: Room[] | null;
}

/**
 * Something that is not as it should be, while uploads can be taken; no details without a login.
 */
export interface HealthReason {
  code: string;
  destination: DestinationName | null;
  detail: string | null;
}

/** What a person sees: a still or a moving picture. */
export type Kind = "photo" | "video";

/** How a known photo stands. */
export interface Known {
  state: PhotoState;
  archived: boolean;
}

/** When something was last proven: an audit, or a restore drill. */
export interface LastProof {
  at: string;
  good: boolean;
  detail: string;
}

/** A place on Earth in decimal degrees (WGS 84), north and east positive. */
export interface Location {
  latitude: number;
  longitude: number;
}

/** How many photos a month holds, by the wall clock of their places. */
export interface MonthCount {
  month: string;
  count: number;
}

/** A token that was just made. */
export interface NewToken {
  id: string;
  name: string;
  scope: "upload" | "read" | "all";
  member: string | null;
  created_at: string;
  expires_at: string | null;
  used_at: string | null;
  token: string;
}

/** A photo with its receipts, as its owner sees it. */
export interface Photo {
  id: string;
  duplicate: boolean;
  state: PhotoState;
  archived: boolean;
  file_name: string;
  media_type: string;
  kind: Kind;
  size: number;
  width: number | null;
  height: number | null;
  taken_at: string | null;
  taken_local: string | null;
  taken_offset: string | null;
  taken_source: TakenSource | null;
  added_at: string;
  deleted_at: string | null;
  description: string | null;
  tags: string[];
  rating: number | null;
  camera: string | null;
  lens: string | null;
  exposure: Exposure | null;
  location: Location | null;
  duration_s: number | null;
  companions: string[];
  receipts: Receipt[];
  preview: "ready" | "none" | null;
  placeholder: string | null;
  url: string;
  original_url: string;
  thumbnail_url: string | null;
  preview_url: string | null;
  sent_by: string[] | null;
}

/** Changes to a photo: an absent field stays as it is, null empties it (see `model_fields_set`). */
export interface PhotoEdit {
  tags?: string[] | null;
  description?: string | null;
  taken_at?: string | null;
  latitude?: number | null;
  longitude?: number | null;
}

/** All that a sender with an `upload` token sees of a photo; also the start of every `Photo`. */
export interface PhotoGlimpse {
  id: string;
  duplicate: boolean;
  state: PhotoState;
  archived: boolean;
}

/** What a person most needs to know of a photo. */
export type PhotoState = "deleted" | "attention" | "processing" | "safe";

/**
 * The photos of one upload, in the order they were sent; glimpses where the token may see no more.
 */
export interface PhotosAnswer {
  photos: (Photo | PhotoGlimpse)[];
}

/** A page of photos, newest taken first. `next` is the `cursor` of the page after it. */
export interface PhotosPage {
  photos: Photo[];
  next: string | null;
}

/** Why a request was not done: RFC 9457, `application/problem+json`. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: string;
  errors: ProblemPart[] | null;
}

/** What is wrong with one of several files, or with one value of the request. */
export interface ProblemPart {
  code: string;
  detail: string | null;
  index: number | null;
  file_name: string | null;
  pointer: string | null;
}

/** How well a copy is known to be equal to the original, strongest first. */
export type Proof = "bytes" | "checksum" | "listed";

/** What a service lets through in a period, and how much of it is used. */
export interface Quota {
  limit: number;
  used: number;
  resets_at: string;
}

/** What is known of one delivery. */
export interface Receipt {
  destination: DestinationName;
  state: DeliveryState;
  reason: SkipReason | null;
  remote_id: string | null;
  remote_url: string | null;
  size: number | null;
  proof: Proof | null;
  delivered_at: string | null;
  checked_at: string | null;
  attempts: number;
  next_attempt_at: string | null;
  error: ReceiptError | null;
  derivative: boolean;
}

/** Why the last attempt did not succeed: a stable word for programs, a sentence for a person. */
export interface ReceiptError {
  code: string;
  detail: string;
}

/** What a check ended with. */
export type Result = "good" | "healed" | "wrong" | "unknown";

/** A disk that something is written to, and how many of its bytes are free. */
export interface Room {
  what: string;
  free: number;
  total: number;
  little: boolean;
}

/** A browser that is logged in. */
export interface Session {
  id: string;
  address: string;
  browser: string | null;
  begun_at: string;
  used_at: string;
  present: boolean;
}

/** Every browser that is logged in. */
export interface SessionsAnswer {
  sessions: Session[];
}

/** Why a delivery is `skipped`. */
export type SkipReason = "sender" | "not_connected";

/** A tag, and how many photos bear it: at most 1000 are counted, those in the trash among them. */
export interface TagCount {
  name: string;
  count: number;
}

/** Tags, most used first. */
export interface TagsAnswer {
  tags: TagCount[];
}

/** Where the moment a photo was taken is known from. */
export type TakenSource = "exif" | "sender" | "modified_at" | "added_at";

/**
 * One month in columns of equal length, newest first. A long month comes in parts; `next` is the
 * cursor.
 */
export interface TimelineMonth {
  id: string[];
  ratio: number[];
  taken_local: string[];
  kind: Kind[];
  placeholder: (string | null)[];
  state: PhotoState[];
  next: string | null;
}

/** Every month that has photos, newest first. */
export interface TimelineMonths {
  months: MonthCount[];
}

/** A token that lets somebody in, without its text. */
export interface Token {
  id: string;
  name: string;
  scope: "upload" | "read" | "all";
  member: string | null;
  created_at: string;
  expires_at: string | null;
  used_at: string | null;
}

/** A token to make. */
export interface TokenRequest {
  name: string;
  scope?: "upload" | "read" | "all";
  member?: string | null;
  days?: number | null;
}

/** Every token that lets somebody in. */
export interface TokensAnswer {
  tokens: Token[];
}

/** The photos whose originals are wanted in one archive. */
export interface ZipRequest {
  ids: string[];
}
