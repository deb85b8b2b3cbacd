/** Where the page is, in its address: `/?q=…`, `/?photo=ID`, `/?page=deliveries`, `/?page=phone`. Back and reload come for free. */

export type Page = "photos" | "deliveries" | "phone";

class Route {
  page = $state<Page>("photos");
  search = $state("");
  photo = $state<string | null>(null);

  constructor() {
    this.#read();
    addEventListener("popstate", () => this.#read());
  }

  go(
    to: Partial<{ page: Page; search: string; photo: string | null }>,
    how: "push" | "replace" = "push",
  ): void {
    const before = this.address();
    Object.assign(this, to);
    if (this.address() === before) return;
    if (how === "push") history.pushState({ pushed: true }, "", this.address());
    else history.replaceState(history.state, "", this.address());
  }

  /** Close the large view: back where it was opened from here, so that the history stays short. */
  closePhoto(): void {
    if (this.photo === null) return;
    if ((history.state as { pushed?: boolean } | null)?.pushed) history.back();
    else this.go({ photo: null }, "replace");
  }

  address(): string {
    const query = new URLSearchParams();
    if (this.page !== "photos") query.set("page", this.page);
    if (this.search) query.set("q", this.search);
    if (this.photo) query.set("photo", this.photo);
    return query.size ? `/?${query}` : "/";
  }

  #read(): void {
    const query = new URLSearchParams(location.search);
    const page = query.get("page");
    this.page = page === "deliveries" || page === "phone" ? page : "photos";
    this.search = query.get("q") ?? "";
    const photo = query.get("photo");
    this.photo = photo && /^[0-9a-f]{64}$/u.test(photo) ? photo : null;
  }
}

export const route = new Route();
