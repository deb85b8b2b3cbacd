/** The files being sent: keeps three under way, waits out a lost network, and ends each in one named state. */
import type { Photo } from "../api";
import { afterAnswer, isOpen, pauseMs, tally, toStart, type Parcel } from "./parcels";
import { post, type Posting, type Wishes } from "./post";
import { addressLeft, leaveAddress } from "./unfinished";

const AT_ONCE = 3;

/** From here on a file is sent in pieces, and goes on in its middle after a lost network. */
const BIG_BYTES = 8 * 1024 * 1024;

/** Where even the code that sends in pieces could not be had. */
const noAnswer: Posting = { answer: Promise.resolve({ status: 0 }), abort: () => undefined };

interface Sendable extends Parcel {
  file: File;
  wishes: Wishes;
  /** Where the server keeps what has arrived of it. */
  address: string | null;
}

export class Outbox {
  parcels = $state<Sendable[]>([]);
  tags = $state<string[]>([]);
  skip = $state<string[]>([]);
  /** Whether the panel is open. */
  open = $state(false);
  readonly tally = $derived(tally(this.parcels));

  #nextKey = 1;
  #postings = new Map<number, Posting>();
  #pauses = new Map<number, ReturnType<typeof setTimeout>>();

  /** @param ontaken is told of every photo that the server took or had. */
  constructor(private readonly ontaken: (photo: Photo) => void) {
    addEventListener("online", () => this.goOn());
    addEventListener("beforeunload", (event) => {
      if (this.parcels.some(isOpen)) event.preventDefault();
    });
  }

  add(files: readonly File[]): void {
    const wishes = { tags: [...this.tags], skip: [...this.skip] };
    this.parcels.push(
      ...files.map((file) => ({
        key: this.#nextKey++,
        name: file.name,
        size: file.size,
        state: "queued" as const,
        sent: 0,
        attempts: 0,
        detail: null,
        photoId: null,
        file,
        wishes,
        address: null,
      })),
    );
    if (files.length) this.open = true;
    this.#fill();
  }

  cancel(key: number): void {
    this.#change(key, { state: "cancelled" });
    this.#postings.get(key)?.abort();
    const parcel = this.#find(key);
    const address = parcel?.address;
    if (parcel) leaveAddress(parcel.file, parcel.wishes, null);
    if (address) void import("./pieces").then(({ forget }) => forget(address));
    clearTimeout(this.#pauses.get(key));
    this.#fill();
  }

  again(key: number): void {
    this.#change(key, { state: "queued", sent: 0, detail: null });
    this.#fill();
  }

  /** Try now what waits for the network. */
  goOn(): void {
    for (const { key, state } of this.parcels) if (state === "waiting") this.again(key);
  }

  /** Forget what has come to its end. */
  clear(): void {
    this.parcels = this.parcels.filter(isOpen);
    if (this.parcels.length === 0) this.open = false;
  }

  #fill(): void {
    for (const parcel of toStart(this.parcels, AT_ONCE)) void this.#send(parcel);
  }

  async #send(parcel: Sendable): Promise<void> {
    const { key, attempts } = parcel;
    this.#change(key, { state: "sending", attempts: attempts + 1 });
    const posting = await this.#post(parcel).catch(() => noAnswer);
    if (this.#find(key)?.state !== "sending") {
      posting.abort();
      return;
    }
    this.#postings.set(key, posting);
    const answer = await posting.answer;
    this.#postings.delete(key);
    if (this.#find(key)?.state !== "sending") return;
    if (answer.photo) this.ontaken(answer.photo);
    const next = afterAnswer(answer);
    this.#change(key, next);
    if (next.state !== "waiting") leaveAddress(parcel.file, parcel.wishes, null);
    if (next.state === "waiting")
      this.#pauses.set(
        key,
        setTimeout(
          () => this.#find(key)?.state === "waiting" && this.again(key),
          pauseMs(attempts + 1),
        ),
      );
    this.#fill();
  }

  async #post({ key, file, wishes, address }: Sendable): Promise<Posting> {
    const onsent = (sent: number) => this.#change(key, { sent });
    if (file.size < BIG_BYTES) return post(file, wishes, onsent);
    const onbegun = (begun: string | null) => {
      this.#change(key, { address: begun });
      leaveAddress(file, wishes, begun);
    };
    const left = address ?? addressLeft(file, wishes);
    this.#change(key, { address: left });
    const { sendInPieces } = await import("./pieces");
    return sendInPieces(file, wishes, { address: left, onbegun, onsent });
  }

  #find(key: number): Sendable | undefined {
    return this.parcels.find((parcel) => parcel.key === key);
  }

  #change(key: number, changes: Partial<Sendable>): void {
    const parcel = this.#find(key);
    if (parcel) Object.assign(parcel, changes);
  }
}
