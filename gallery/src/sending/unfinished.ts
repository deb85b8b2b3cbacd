/** Where big files lie that are not whole yet: the same file, chosen again after the page was closed, goes on there. */
import type { Wishes } from "./post";

const STORED_AS = "mediascream unfinished";
const KEPT = 100;

/** With its wishes, for the server was told of them when the upload began. */
const fingerprint = ({ name, size, lastModified }: File, { tags, skip }: Wishes) =>
  JSON.stringify([name, size, lastModified, tags, skip]);

function stored(): Map<string, string> {
  try {
    return new Map(JSON.parse(localStorage.getItem(STORED_AS) ?? "[]") as [string, string][]);
  } catch {
    return new Map();
  }
}

/** The upload that was begun of this file; null where none is known. */
export const addressLeft = (file: File, wishes: Wishes) =>
  stored().get(fingerprint(file, wishes)) ?? null;

/** Remember where a file's bytes go; with null, forget it. */
export function leaveAddress(file: File, wishes: Wishes, address: string | null): void {
  const kept = stored();
  kept.delete(fingerprint(file, wishes));
  if (address) kept.set(fingerprint(file, wishes), address);
  try {
    localStorage.setItem(STORED_AS, JSON.stringify([...kept].slice(-KEPT)));
  } catch {
    // No room, or none allowed: the file is then sent from its beginning.
  }
}
