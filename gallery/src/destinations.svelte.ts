/** The destinations and what they have to do, kept true by events; asked for again after photos changed. */
import type { DeliveryState, Destination } from "./api";
import { server } from "./client";

const OPEN: DeliveryState[] = ["queued", "sending", "waiting"];
const ATTENTION: DeliveryState[] = ["blocked", "failed"];
const SOON_MS = 1500;

class Destinations {
  all = $state.raw<readonly Destination[]>([]);
  /** Whether there is anything to tell of: a fresh library has no deliveries. */
  readonly any = $derived(this.all.some(({ counts }) => Object.values(counts).some(Boolean)));
  readonly open = $derived(this.#sum(OPEN));
  readonly attention = $derived(this.#sum(ATTENTION));
  #timer: ReturnType<typeof setTimeout> | undefined;

  async read(): Promise<void> {
    try {
      this.all = (await server.destinations()).destinations;
    } catch {
      // The page works without; whoever shows them says so by showing none.
    }
  }

  take(destination: Destination): void {
    this.all = this.all.map((other) => (other.name === destination.name ? destination : other));
  }

  /** Read again soon, once for many reasons. */
  readSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.read();
    }, SOON_MS);
  }

  #sum(states: readonly DeliveryState[]): number {
    return this.all.reduce(
      (sum, { counts }) => sum + states.reduce((part, state) => part + (counts[state] ?? 0), 0),
      0,
    );
  }
}

export const destinations = new Destinations();
