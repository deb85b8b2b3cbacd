/** The files of a drop, a paste or a chooser, folders walked through. */

const NOT_PHOTOS = /^(?:\.|Thumbs\.db$|desktop\.ini$)/iu;

/** Hidden files and what systems leave in folders are no photos; the server judges all others by their bytes. */
export const worthSending = (file: { name: string; size: number }) => !NOT_PHOTOS.test(file.name);

/** Must be called in the event itself: afterwards the browser forgets what was dropped. */
export async function filesOf(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  if (!entries.some((entry) => entry?.isDirectory)) return [...transfer.files].filter(worthSending);
  const found: File[] = [];
  for (const entry of entries) if (entry) await collect(entry, found);
  return found.filter(worthSending);
}

async function collect(entry: FileSystemEntry, into: File[]): Promise<void> {
  if (entry.isFile) {
    into.push(
      await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      ),
    );
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A folder is told in parts (100 entries in Chromium); an empty part is its end.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (part.length === 0) return;
    for (const child of part) await collect(child, into);
  }
}
