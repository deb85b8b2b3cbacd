/** The photos that are selected, to do one thing to all of them. */
import { SvelteSet } from "svelte/reactivity";
import { rangeOf } from "./range";

export class Selection {
  readonly ids = new SvelteSet<string>();
  readonly size = $derived(this.ids.size);
  /** Where a range begins: the photo that was selected last. */
  #from: string | null = null;

  toggle(id: string): void {
    if (!this.ids.delete(id)) this.ids.add(id);
    this.#from = id;
  }

  extendTo(id: string, shown: readonly string[]): void {
    for (const other of rangeOf(shown, this.#from, id)) this.ids.add(other);
    this.#from = id;
  }

  clear(): void {
    this.ids.clear();
    this.#from = null;
  }
}

export const selection = new Selection();
