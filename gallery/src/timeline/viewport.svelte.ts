/** The part of the timeline that is seen: follows the scrolling, and holds still what a person looks at. */
import { tick } from "svelte";
import { anchorAt, positionOf, type Anchor, type AnchorSection } from "./anchor";
import { leavePlace, placeLeft } from "./places";
import { boxRunsOut, placeBox, TALLEST } from "./window";

/** Scrolling has come to rest after so long without an event. */
const REST_MS = 140;

export interface Content {
  sections: readonly AnchorSection[];
  /** Real pixels of all of it, and the number of photos in it. */
  total: number;
  count: number;
  search: string;
}

export class Viewport {
  element = $state<HTMLElement>();
  /** Of the content, and of what is seen, in pixels. */
  width = $state(0);
  height = $state(0);
  moving = $state(false);
  scrubbing = $state(false);
  /** The real pixel at the top of the box that scrolls. */
  base = $state(0);
  #scrolled = $state(0);
  /** The real pixel at the top of the screen. */
  readonly position = $derived(this.base + this.#scrolled);

  #anchor: Anchor | null = null;
  /** The number of photos to whose very end one went; null elsewhere. */
  #endOf: number | null = null;
  #search: string | null = null;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly content: () => Content) {}

  /** The content changed: what is looked at keeps its place, or takes the one where it was left. */
  settle(): void {
    const { sections, search, total, count } = this.content();
    if (!sections.length || !this.height) return;
    const opened = search !== this.#search;
    if (opened) {
      this.#anchor = placeLeft(search);
      this.#endOf = null;
    }
    this.#search = search;
    // Who looks at the newest goes on seeing what comes in.
    if (!opened && this.position <= 0) return;
    // In a box that became too short to be scrolled so far, the browser would put us elsewhere.
    const tallest = Math.min(total, TALLEST);
    // Heights that become real must not push one away from the end; photos that were added there may.
    const wanted =
      this.#endOf === count
        ? total - this.height
        : this.#anchor && positionOf(sections, this.#anchor);
    if (wanted === null) {
      if (opened) void this.#place(0);
    } else if (this.moving && !this.scrubbing && this.#scrolled <= tallest - this.height) {
      // A box that moves along does not stop the momentum of a finger or a wheel; setting the scroll position does.
      this.base += wanted - this.position;
    } else void this.#place(wanted);
  }

  /** The browser scrolled. */
  follow(): void {
    const { scrollTop } = this.element!;
    // The echo of our own placing.
    if (Math.abs(scrollTop - this.#scrolled) < 1) return;
    this.#scrolled = scrollTop;
    this.#moved();
    const { total } = this.content();
    if (boxRunsOut({ base: this.base, scrollTop }, total, this.height))
      void this.#place(this.position);
  }

  /** Show this real pixel at the top of the screen. */
  async goTo(y: number): Promise<void> {
    const placed = this.#place(y);
    this.#moved();
    await placed;
  }

  /** Scroll no further than it takes to see these real pixels. */
  async reveal(top: number, bottom: number): Promise<void> {
    if (top < this.position) await this.goTo(top);
    else if (bottom > this.position + this.height) await this.goTo(bottom - this.height);
  }

  async #place(y: number): Promise<void> {
    const { base, scrollTop } = placeBox(y, this.content().total, this.height);
    if (base === this.base && scrollTop === this.#scrolled) return;
    this.base = base;
    this.#scrolled = scrollTop;
    await tick();
    if (this.element) this.element.scrollTop = scrollTop;
  }

  #moved(): void {
    const { sections, total, count } = this.content();
    this.#anchor = anchorAt(sections, this.position, this.height);
    this.#endOf = this.position >= total - this.height - 1 ? count : null;
    this.moving = true;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => this.#rested(), REST_MS);
  }

  #rested(): void {
    this.moving = false;
    void this.#place(this.position);
    if (this.#anchor && this.#search !== null) leavePlace(this.#search, this.#anchor);
  }
}
