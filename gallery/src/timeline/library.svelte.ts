/** The photos that the page knows, kept true by what the server tells. */
import { SvelteMap } from "svelte/reactivity";
import type { Photo } from "../api";
import { Problem, server } from "../client";
import { monthOf } from "./days";
import {
  countedMonths,
  countOf,
  liesUnread,
  tileOf,
  tilesOf,
  withCounts,
  withLoaded,
  withPart,
  withTiles,
  withoutTiles,
  type Month,
  type Tile,
} from "./months";
import { placeLeft } from "./places";
import { searchQuery } from "./search";

const PAGE = 200;
/** More photos than this are not kept in memory once others are looked at. */
const TILES_KEPT = 40_000;
const MONTHS_KEPT = 6;
const RECOUNT_MS = 2000;
const RETRY_MS = 2000;

export class Library {
  months = $state.raw<readonly Month[]>([]);
  /** The first answer has not come yet. */
  loading = $state(true);
  /** The server's sentence, where the last request failed. */
  problem = $state<string | null>(null);
  search = $state("");
  /** Counts up when what could not be read may be asked for again. */
  retries = $state(0);

  /** All known tiles in order; what the large view steps through. */
  readonly tiles = $derived(this.months.flatMap((month) => month.tiles ?? []));
  readonly count = $derived(countOf(this.months));
  readonly #ids = $derived(new Set(this.tiles.map((tile) => tile.id)));
  readonly empty = $derived(!this.loading && this.problem === null && this.count === 0);

  /** Whether photos come as pages of a list, not as months that are counted first. */
  #listed = false;
  #next = $state<string | null>(null);
  /** Whether all that was asked for is known, or counted. */
  readonly whole = $derived(this.#next === null);
  #fetching = new Map<string, Promise<void>>();
  #near: readonly string[] = [];
  #generation = 0;
  #recount: ReturnType<typeof setTimeout> | undefined;
  #opening: Promise<void> = Promise.resolve();
  /** Whole photos that were told, by id; the timeline's columns alone know less. */
  #photos = new SvelteMap<string, Photo>();

  /** Show what a search finds, or everything; what was shown before goes once the first answer is there. */
  open(search: string): Promise<void> {
    this.#opening = this.#open(search);
    return this.#opening;
  }

  /** Photos that were on their way when last heard of. */
  async #learnAgain(): Promise<void> {
    const open = [...this.#photos.values()]
      .filter(({ state }) => state === "processing")
      .slice(0, PAGE);
    for (const { id } of open) this.take(await server.photo(id));
  }

  async #open(search: string): Promise<void> {
    this.#generation += 1;
    this.search = search;
    this.loading = true;
    this.problem = null;
    this.#next = null;
    this.#fetching.clear();
    const generation = this.#generation;
    try {
      const months = search ? await this.#firstPage() : await this.#countedOrFirstPage();
      if (generation !== this.#generation) return;
      this.months = months;
      if (!this.#listed) this.#needFirst();
    } catch (error) {
      if (generation === this.#generation) this.problem = sentence(error);
    } finally {
      if (generation === this.#generation) this.loading = false;
    }
  }

  /**
   * Look again at what is shown, after changes may have been missed; nothing of it vanishes meanwhile.
   * Whatever lies further away is read again when it comes into view.
   */
  async refresh(): Promise<void> {
    await this.#opening;
    const generation = this.#generation;
    try {
      if (this.#listed || this.problem !== null) return await this.open(this.search);
      const { months } = await server.months();
      if (generation !== this.#generation) return;
      const near = new Set(this.#near);
      this.months = withCounts(this.months, months).map((month) =>
        near.has(month.key) ? month : { ...month, tiles: null, next: null },
      );
      for (const key of near) void this.#readAgain(key);
      await this.#learnAgain();
    } catch (error) {
      this.problem = sentence(error);
    }
  }

  /** Read a month, or the part of it that follows what is known. */
  need(key: string): Promise<void> {
    return this.#once(key, async () => {
      const from = this.#month(key)?.next ?? null;
      const part = await server.month(key, from);
      return () => (this.months = withPart(this.months, key, from, tilesOf(part), part.next));
    });
  }

  /** Read as much of a month as is known, and only then let go of what was known. */
  #readAgain(key: string): Promise<void> {
    const known = this.#month(key)?.tiles?.length ?? 0;
    return this.#once(`${key} again`, async () => {
      const tiles: Tile[] = [];
      let next: string | null = null;
      do {
        const part = await server.month(key, next);
        tiles.push(...tilesOf(part));
        next = part.next;
      } while (next && tiles.length < known);
      return () => (this.months = withLoaded(this.months, key, tiles, next));
    });
  }

  /**
   * The newest month, and the one that was looked at last, are asked for before anything is drawn. The server
   * tells browsers beforehand that the newest is wanted.
   */
  #needFirst(): void {
    const last = placeLeft(this.search)?.month;
    for (const key of new Set([this.months[0]?.key, last]))
      if (key && this.#month(key)) void this.need(key);
  }

  #month(key: string): Month | undefined {
    return this.months.find((month) => month.key === key);
  }

  /** Read the next page of a list; nothing happens where it is whole. */
  async more(): Promise<void> {
    if (this.#next === null) return;
    await this.#once("next page", async () => {
      const page = await server.photos(this.#pageQuery(this.#next));
      return () => {
        this.#next = page.next;
        this.learn(page.photos);
        this.months = withTiles(this.months, page.photos.map(tileOf));
      };
    });
  }

  /** These months are looked at: where very many photos are known, those of months far away are forgotten. */
  lookAt(shown: readonly string[]): void {
    this.#near = shown;
    if (this.tiles.length < TILES_KEPT) return;
    const from = this.months.findIndex(({ key }) => key === shown[0]);
    const to = this.months.findIndex(({ key }) => key === shown.at(-1));
    if (from < 0 || this.#listed) return;
    this.months = this.months.map((month, at) =>
      month.tiles && (at < from - MONTHS_KEPT || at > to + MONTHS_KEPT)
        ? { ...month, tiles: null, next: null }
        : month,
    );
  }

  /** Wait until a month is read as far as the photos of a moment, if this library has such a month. */
  async reach(taken: string): Promise<void> {
    await this.#opening;
    const unread = () => {
      const month = this.#month(monthOf(taken));
      return month && (!month.tiles || (month.next && month.tiles.at(-1)!.taken >= taken)) && month;
    };
    for (let month = unread(), before; month && month !== before; month = unread()) {
      before = month;
      await this.need(month.key);
    }
  }

  /** Take in what the server tells of one photo: new, changed, or gone. */
  take(photo: Photo): void {
    this.takeAll([photo]);
  }

  takeAll(photos: readonly Photo[]): void {
    this.learn(photos);
    const shown = photos.filter((photo) => this.#belongs(photo));
    const gone = photos.filter(
      (photo) => photo.state === "deleted" && !this.search.includes("state:deleted"),
    );
    if (gone.length)
      this.months = withoutTiles(this.months, new Set(gone.map((photo) => photo.id)));
    if (shown.length) this.months = withTiles(this.months, shown.map(tileOf));
    const unread = ({ taken }: Tile) => {
      const month = this.#month(monthOf(taken));
      return month && liesUnread(month, taken);
    };
    if (!this.#listed && photos.map(tileOf).some(unread)) this.#recountSoon();
  }

  /** Months that are only counted cannot know whether a photo that was told is new: the server can. */
  #recountSoon(): void {
    this.#recount ??= setTimeout(() => {
      this.#recount = undefined;
      const generation = this.#generation;
      server.months().then(
        ({ months }) => {
          if (generation === this.#generation) this.months = withCounts(this.months, months);
        },
        () => undefined,
      );
    }, RECOUNT_MS);
  }

  known(id: string): Photo | undefined {
    return this.#photos.get(id);
  }

  /** The whole photo, from memory or from the server. */
  async photo(id: string): Promise<Photo> {
    const known = this.#photos.get(id);
    if (known) return known;
    const photo = await server.photo(id);
    this.learn([photo]);
    return photo;
  }

  async #countedOrFirstPage(): Promise<Month[]> {
    try {
      const { months } = await server.months();
      this.#listed = false;
      return countedMonths(months);
    } catch (error) {
      if (error instanceof Problem && (error.status === 404 || error.status === 405))
        return this.#firstPage();
      throw error;
    }
  }

  async #firstPage(): Promise<Month[]> {
    const page = await server.photos(this.#pageQuery(null));
    this.#listed = true;
    this.#next = page.next;
    this.learn(page.photos);
    return withTiles([], page.photos.map(tileOf));
  }

  #pageQuery(cursor: string | null): URLSearchParams {
    const query = searchQuery(this.search);
    query.set("limit", String(PAGE));
    if (cursor) query.set("cursor", cursor);
    return query;
  }

  /** Whether a photo that was told has its place here; a search is answered by the server only. */
  #belongs(photo: Photo): boolean {
    if (photo.state === "deleted") return false;
    if (this.#ids.has(photo.id)) return true;
    if (this.search) return false;
    const last = this.tiles.at(-1);
    return this.#next === null || !last || tileOf(photo).taken > last.taken;
  }

  /** Know these photos, without showing any that were not shown. */
  learn(photos: readonly Photo[]): void {
    for (const photo of photos) this.#photos.set(photo.id, photo);
  }

  async #once(name: string, read: () => Promise<() => void>): Promise<void> {
    const running = this.#fetching.get(name);
    if (running) return running;
    const generation = this.#generation;
    const reading = read()
      .then((apply) => {
        if (generation !== this.#generation) return;
        apply();
        this.problem = null;
        this.#fetching.delete(name);
      })
      .catch((error: unknown) => {
        if (generation === this.#generation) this.problem = sentence(error);
        // Not at once again: the page would hammer a server that is down.
        setTimeout(() => {
          this.#fetching.delete(name);
          this.retries += 1;
        }, RETRY_MS);
      });
    this.#fetching.set(name, reading);
    return reading;
  }
}

const sentence = (error: unknown) => (error instanceof Error ? error.message : String(error));

export const library = new Library();
