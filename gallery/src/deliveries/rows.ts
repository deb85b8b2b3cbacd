/** The rows of the deliveries page: photos, whichever way the server is asked for them. */
import type { DeliveryState, Photo, PhotoState } from "../api";
import { server } from "../client";

export type Tab = "attention" | "progress" | "waiting" | "done";

export const tabWords: Record<Tab, string> = {
  attention: "Needs attention",
  progress: "In progress",
  waiting: "Waiting",
  done: "Done",
};

/** The delivery states that a tab counts, and shows. */
export const tabStates: Record<Tab, readonly DeliveryState[]> = {
  attention: ["blocked", "failed"],
  progress: ["queued", "sending"],
  waiting: ["waiting"],
  done: ["delivered"],
};

/** Where a tab is the same as a state of photos, one question answers it all. */
const photoStates: Partial<Record<Tab, PhotoState>> = { attention: "attention", done: "safe" };

export interface Rows {
  photos: Photo[];
  next: string | null;
}

const PAGE = 50;

export async function readRows(
  tab: Tab,
  cursor: string | null,
  photo: (id: string) => Promise<Photo>,
): Promise<Rows> {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (cursor) query.set("cursor", cursor);
  const state = photoStates[tab];
  if (!state) return rowsOfDeliveries(tab, query, photo);
  query.set("state", state);
  return server.photos(query);
}

/** Several states, one page of each at first; only a single state can be paged on. */
async function rowsOfDeliveries(
  tab: Tab,
  query: URLSearchParams,
  photo: (id: string) => Promise<Photo>,
): Promise<Rows> {
  const pages = await Promise.all(
    tabStates[tab].map((state) =>
      server.deliveries(new URLSearchParams([...query, ["state", state]])),
    ),
  );
  const ids = new Set(
    pages.flatMap(({ deliveries }) => deliveries.map(({ photo_id }) => photo_id)),
  );
  return {
    photos: await Promise.all([...ids].map(photo)),
    next: pages.length === 1 ? pages[0]!.next : null,
  };
}
