/** Tags that begin as somebody types them, most used first: the server is asked once the typing pauses. */
import { server } from "./client";

const PAUSE_MS = 120;

export class TagOffers {
  names = $state.raw<readonly string[]>([]);
  #pause: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | undefined;

  /** Nothing is asked for null. */
  ask(begun: string | null): void {
    clearTimeout(this.#pause);
    if (begun !== null) this.#pause = setTimeout(() => void this.#read(begun), PAUSE_MS);
  }

  async #read(begun: string): Promise<void> {
    this.#asked?.abort();
    const { signal } = (this.#asked = new AbortController());
    let names: string[] = [];
    try {
      names = (await server.tags(begun, signal)).tags.map(({ name }) => name);
    } catch {
      // Without an answer, whoever shows them offers what was seen.
    }
    if (!signal.aborted) this.names = names;
  }
}
