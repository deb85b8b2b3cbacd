/** Where each search was left, for coming back from another page; the tab's own storage outlives a reload. */
import type { Anchor } from "./anchor";

const STORED_AS = "mediascream places";
const KEPT = 20;

const places = new Map<string, Anchor>(stored());

function stored(): [string, Anchor][] {
  try {
    return JSON.parse(sessionStorage.getItem(STORED_AS) ?? "[]") as [string, Anchor][];
  } catch {
    return [];
  }
}

export const placeLeft = (search: string) => places.get(search) ?? null;

export function leavePlace(search: string, anchor: Anchor): void {
  places.delete(search);
  places.set(search, anchor);
  sessionStorage.setItem(STORED_AS, JSON.stringify([...places].slice(-KEPT)));
}
