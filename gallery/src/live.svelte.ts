/**
 * What changes on the server, as it changes: server-sent events, and questions every few seconds
 * where there are none. One connection for the whole page.
 */
import type { Destination, Photo } from "./api";
import { server, Unreachable } from "./client";

const POLL_MS = 2500;
const POLLED_AT_ONCE = 30;
const GATHER_MS = 80;

export interface Listener {
  photos: (photos: Photo[]) => void;
  destination: (destination: Destination) => void;
  /** Something may have been missed while the connection was away: look again. */
  missed: () => void;
  /** The photos whose end is awaited; asked about where there are no events. */
  unfinished: () => string[];
}

export class Live {
  /** False while the server cannot be reached. */
  online = $state(true);
  #gathered = new Map<string, Photo>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wasOpen = false;

  constructor(private readonly listener: Listener) {}

  start(): void {
    const events = new EventSource("/events");
    events.addEventListener("photo", (event) =>
      this.#gather(JSON.parse((event as MessageEvent<string>).data) as Photo),
    );
    events.addEventListener("destination", (event) =>
      this.listener.destination(JSON.parse((event as MessageEvent<string>).data) as Destination),
    );
    events.addEventListener("open", () => {
      const missed = this.#wasOpen || !this.online;
      this.online = true;
      this.#wasOpen = true;
      if (missed) this.listener.missed();
    });
    events.addEventListener("error", () => {
      // CLOSED: the server answered, but not with events. CONNECTING: it is away, and the browser tries again.
      if (events.readyState === EventSource.CLOSED && !this.#wasOpen) this.#poll();
      else if (events.readyState === EventSource.CLOSED) setTimeout(() => this.start(), POLL_MS);
      else this.online = false;
    });
  }

  /** Many events come at once while a folder is sent: the page is changed once for all of them. */
  #gather(photo: Photo): void {
    this.#gathered.set(photo.id, photo);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const photos = [...this.#gathered.values()];
      this.#gathered.clear();
      this.listener.photos(photos);
    }, GATHER_MS);
  }

  #poll(): void {
    const again = () => setTimeout(() => this.#poll(), POLL_MS);
    const asked = this.listener.unfinished().slice(0, POLLED_AT_ONCE);
    Promise.all(asked.map((id) => server.photo(id)))
      .then((photos) => {
        this.online = true;
        if (photos.length) this.listener.photos(photos);
      })
      .catch((error: unknown) => {
        this.online = !(error instanceof Unreachable);
      })
      .finally(again);
  }
}
