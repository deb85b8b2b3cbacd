/**
 * A library that exists only while it runs: drawn photos, receipts in every state, uploads that become
 * safe after a while. It answers as the real server does, and refuses what that would refuse.
 */
import { createHash } from "node:crypto";
import { EventEmitter } from "node:events";
import { pictureOf, random, thumbhashOf } from "./pictures.js";

const CAMERAS = [
  ["Nikon Z6 II", "NIKKOR Z 24-70mm f/4 S"],
  ["Fujifilm X-T5", "XF 23mm F2 R WR"],
  ["Apple iPhone 17 Pro", "back triple camera 6.765mm f/1.78"],
  ["Google Pixel 9", null],
];
const TAGS = [
  "vegas",
  "travel",
  "family",
  "mountains",
  "évasion",
  "autumn walk",
  "birthday",
  "2026",
];
const PLACES = [
  [46.54, 7.98],
  [36.114, -115.172],
  [59.913, 10.752],
  [-33.857, 151.215],
];
const DAY_MS = 86_400_000;

export class Problem extends Error {
  constructor(status, code, detail) {
    super(detail);
    Object.assign(this, { status, code });
  }
}

export class Library extends EventEmitter {
  constructor({ count, now = Date.now() }) {
    super();
    this.setMaxListeners(0);
    this.photos = new Map();
    this.seeds = new Map();
    this.originals = new Map();
    this.paused = new Set();
    let moment = now - 2 * 3600_000;
    for (let index = 0; index < count; index += 1) {
      const next = random(index + 5);
      moment -=
        next() < 0.16
          ? DAY_MS * (0.6 + next() * (next() < 0.12 ? 60 : 6))
          : 60_000 * (1 + next() * 50);
      this.addDrawn(index, moment, next);
    }
  }

  addDrawn(index, moment, next) {
    const id = createHash("sha256").update(`drawn ${index}`).digest("hex");
    const [camera, lens] = CAMERAS[Math.floor(next() * CAMERAS.length)];
    const place = next() < 0.5 ? PLACES[Math.floor(next() * PLACES.length)] : null;
    const kind = next() < 0.05 ? "video" : "photo";
    const long = kind === "video" ? 1920 : 6000;
    const { ratio } = pictureOf(index);
    const photo = this.blank(
      id,
      kind === "video" ? `MOV_${1000 + index}.mp4` : `DSC0${4000 + index}.JPG`,
      moment,
    );
    Object.assign(photo, {
      kind,
      media_type: kind === "video" ? "video/mp4" : "image/jpeg",
      size: Math.round(3e6 + next() * 9e6),
      camera,
      lens,
      width: ratio >= 1 ? long : Math.round(long * ratio),
      height: ratio >= 1 ? Math.round(long / ratio) : long,
      duration_s: kind === "video" ? 4 + next() * 200 : null,
      taken_source: "exif",
      tags: TAGS.filter(() => next() < 0.14),
      description: next() < 0.1 ? "The light after the storm, seen from the hut" : null,
      exposure: {
        seconds: 1 / Math.round(30 + next() * 2000),
        aperture: 1.8 + Math.round(next() * 40) / 10,
        iso: 100 * 2 ** Math.floor(next() * 6),
        focal_length_mm: 24 + Math.round(next() * 60),
      },
      location: place && { latitude: place[0] + next() / 100, longitude: place[1] + next() / 100 },
      preview: "ready",
      placeholder: thumbhashOf(index),
      archived: true,
    });
    photo.receipts = [
      delivered("folder", "bytes", moment),
      delivered("flickr", "checksum", moment),
      delivered("gphotos", "listed", moment),
    ];
    const luck = next();
    if (index === 3 || luck < 0.015)
      Object.assign(
        photo.receipts[1],
        open("failed", {
          attempts: 9,
          error: { code: "gone", detail: "The copy is gone from Flickr: it was deleted there" },
        }),
      );
    else if (index === 5 || luck < 0.04)
      Object.assign(
        photo.receipts[2],
        open("waiting", {
          attempts: 2,
          next_attempt_at: iso(Date.now() + 5 * 3600_000),
          error: { code: "quota-spent", detail: "Google Photos takes no more today" },
        }),
      );
    else if (luck < 0.1) Object.assign(photo.receipts[2], open("skipped", { reason: "sender" }));
    this.settle(photo);
    this.photos.set(id, photo);
    this.seeds.set(id, index);
  }

  blank(id, file_name, moment) {
    return {
      id,
      file_name,
      media_type: "image/jpeg",
      kind: "photo",
      size: 0,
      width: null,
      height: null,
      taken_at: iso(moment),
      taken_local: iso(moment).slice(0, 19),
      taken_offset: null,
      taken_source: "added_at",
      added_at: iso(moment),
      deleted_at: null,
      description: null,
      tags: [],
      rating: null,
      duplicate: false,
      state: "processing",
      archived: false,
      url: `/?photo=${id}`,
      original_url: `/photos/${id}/original`,
      thumbnail_url: null,
      preview_url: null,
      receipts: [],
      camera: null,
      lens: null,
      exposure: null,
      location: null,
      duration_s: null,
      companions: [],
      preview: null,
      placeholder: null,
    };
  }

  settle(photo) {
    const states = new Set(photo.receipts.map(({ state }) => state));
    const has = (...wanted) => wanted.some((state) => states.has(state));
    if (photo.deleted_at) photo.state = "deleted";
    else if (has("blocked", "failed")) photo.state = "attention";
    else if (!photo.archived || has("queued", "sending", "waiting")) photo.state = "processing";
    else photo.state = "safe";
  }

  tell(photo) {
    this.settle(photo);
    this.emit("photo", photo);
    for (const destination of this.destinations()) this.emit("destination", destination);
  }

  get(id) {
    const photo = this.photos.get(id);
    if (!photo) throw new Problem(404, "photo-unknown", "No photo has this id");
    return photo;
  }

  sorted() {
    return [...this.photos.values()].sort((a, b) => (a.taken_local < b.taken_local ? 1 : -1));
  }

  page(query) {
    const known = new Set([
      "limit",
      "cursor",
      "tag",
      "q",
      "from",
      "to",
      "state",
      "kind",
      "missing",
    ]);
    for (const name of query.keys())
      if (!known.has(name))
        throw new Problem(422, "field-invalid", `There is no query value ${name}`);
    const state = query.get("state");
    const words = (query.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.sorted().filter(
      (photo) =>
        (state ? photo.state === state : photo.state !== "deleted") &&
        query
          .getAll("tag")
          .every((tag) => photo.tags.some((other) => other.toLowerCase() === tag.toLowerCase())) &&
        (!query.get("kind") || photo.kind === query.get("kind")) &&
        (!query.get("from") || photo.taken_local.slice(0, 10) >= query.get("from")) &&
        (!query.get("to") || photo.taken_local.slice(0, 10) <= query.get("to")) &&
        (!query.get("missing") ||
          !photo.receipts.some(
            (r) => r.destination === query.get("missing") && r.state === "delivered",
          )) &&
        words.every((word) =>
          [photo.file_name, photo.camera, photo.description, ...photo.tags]
            .join(" ")
            .toLowerCase()
            .includes(word),
        ),
    );
    const start = Number(query.get("cursor") ?? 0);
    const limit = Math.min(500, Number(query.get("limit") ?? 100));
    return {
      photos: found.slice(start, start + limit),
      next: start + limit < found.length ? String(start + limit) : null,
    };
  }

  months() {
    const counts = new Map();
    for (const photo of this.sorted()) {
      if (photo.deleted_at) continue;
      const month = photo.taken_local.slice(0, 7);
      counts.set(month, (counts.get(month) ?? 0) + 1);
    }
    return { months: [...counts].map(([month, count]) => ({ month, count })) };
  }

  month(month, query) {
    const all = this.sorted().filter(
      (photo) => !photo.deleted_at && photo.taken_local.startsWith(month),
    );
    const start = Number(query.get("cursor") ?? 0);
    const part = all.slice(start, start + 2000);
    const column = (of) => part.map(of);
    return {
      id: column(({ id }) => id),
      ratio: column(({ width, height }) =>
        width ? Math.round((width / height) * 1000) / 1000 : 1.333,
      ),
      taken_local: column((photo) => photo.taken_local),
      kind: column(({ kind }) => kind),
      placeholder: column(({ placeholder }) => placeholder),
      state: column(({ state }) => state),
      next: start + 2000 < all.length ? String(start + 2000) : null,
    };
  }

  destinations() {
    const counts = { folder: {}, flickr: {}, gphotos: {} };
    for (const { receipts, deleted_at } of this.photos.values())
      if (!deleted_at)
        for (const { destination, state } of receipts)
          counts[destination][state] = (counts[destination][state] ?? 0) + 1;
    return ["folder", "flickr", "gphotos"].map((name) => ({
      name,
      kind: name === "folder" ? "archive" : "service",
      connected: true,
      account: { flickr: "ada_in_colour", gphotos: "ada@example.com" }[name] ?? null,
      paused: this.paused.has(name),
      counts: counts[name],
      quota:
        name === "gphotos"
          ? { limit: 10000, used: 9400, resets_at: iso(Date.now() + 5 * 3600_000) }
          : null,
      estimate_done_at: counts[name].waiting ? iso(Date.now() + 2 * DAY_MS) : null,
    }));
  }

  deliveries(query) {
    const states = query.getAll("state").flatMap((value) => value.split(","));
    const rows = this.sorted().flatMap((photo) =>
      photo.deleted_at
        ? []
        : photo.receipts.map((receipt) => ({
            photo_id: photo.id,
            file_name: photo.file_name,
            ...receipt,
          })),
    );
    const found = rows.filter(
      ({ state, destination }) =>
        (!states.length || states.includes(state)) &&
        (!query.get("destination") || destination === query.get("destination")),
    );
    const start = Number(query.get("cursor") ?? 0);
    const limit = Number(query.get("limit") ?? 100);
    return {
      deliveries: found.slice(start, start + limit),
      next: start + limit < found.length ? String(start + limit) : null,
    };
  }

  receive({ name, bytes, tags, skip }) {
    if (!bytes.length) throw new Problem(422, "empty-file", `${name} is empty`);
    if (/^\s*(<|%PDF|[a-z ]{8})/i.test(bytes.subarray(0, 40).toString("latin1")))
      throw new Problem(415, "not-a-photo", `${name} is no photo or video`);
    const id = createHash("sha256").update(bytes).digest("hex");
    const before = this.photos.get(id);
    if (before) return { ...before, duplicate: !before.deleted_at };
    const photo = this.blank(id, name, Date.now() - new Date().getTimezoneOffset() * 60_000);
    photo.added_at = iso(Date.now());
    Object.assign(photo, { size: bytes.length, tags });
    photo.receipts = ["folder", "flickr", "gphotos"].map((destination) => ({
      ...delivered(destination, null, 0),
      ...open(skip.includes(destination) ? "skipped" : "queued", {
        reason: skip.includes(destination) ? "sender" : null,
      }),
    }));
    this.photos.set(id, photo);
    this.originals.set(id, bytes);
    this.seeds.set(id, 90_000 + this.photos.size);
    this.tell(photo);
    setTimeout(() => this.process(photo), 900);
    return photo;
  }

  process(photo) {
    const seed = this.seeds.get(photo.id);
    const { ratio } = pictureOf(seed);
    Object.assign(photo, {
      width: Math.round(4000 * Math.min(1, ratio)),
      height: Math.round(4000 * Math.min(1, 1 / ratio)),
      preview: "ready",
      placeholder: thumbhashOf(seed),
    });
    photo.receipts[0].state = "sending";
    this.tell(photo);
    photo.receipts.forEach((receipt, index) => {
      if (receipt.state !== "skipped")
        setTimeout(() => this.deliver(photo, receipt), 1200 * (index + 1));
    });
  }

  deliver(photo, receipt) {
    Object.assign(
      receipt,
      delivered(
        receipt.destination,
        { folder: "bytes", flickr: "checksum", gphotos: "listed" }[receipt.destination],
        Date.now(),
      ),
    );
    if (receipt.destination === "folder") photo.archived = true;
    this.tell(photo);
  }

  retry(photo, destination) {
    const receipt = this.receipt(photo, destination);
    Object.assign(receipt, open("queued"));
    this.tell(photo);
    setTimeout(() => this.deliver(photo, receipt), 1500);
  }

  skip(photo, destination) {
    if (destination === "folder")
      throw new Problem(422, "skip-unknown", "The archive cannot be skipped");
    Object.assign(this.receipt(photo, destination), open("skipped", { reason: "sender" }));
    this.tell(photo);
  }

  receipt(photo, destination) {
    const receipt = photo.receipts.find((other) => other.destination === destination);
    if (!receipt)
      throw new Problem(404, "delivery-unknown", "This photo has no delivery to that destination");
    return receipt;
  }
}

const iso = (moment) => new Date(moment).toISOString().replace(/\.\d+Z$/, "Z");

function delivered(destination, proof, moment) {
  return {
    destination,
    state: "delivered",
    reason: null,
    remote_id: "53817",
    proof,
    size: 5_300_000,
    attempts: 1,
    remote_url:
      {
        flickr: "https://www.flickr.com/photos/ada/53817",
        gphotos: "https://photos.google.com/lr/photo/53817",
      }[destination] ?? null,
    delivered_at: iso(moment + 40_000),
    checked_at: iso(moment + 40_000),
    next_attempt_at: null,
    error: null,
    derivative: false,
  };
}

function open(state, more = {}) {
  return {
    state,
    reason: null,
    proof: null,
    remote_id: null,
    remote_url: null,
    size: null,
    delivered_at: null,
    checked_at: null,
    error: null,
    next_attempt_at: null,
    ...more,
  };
}
