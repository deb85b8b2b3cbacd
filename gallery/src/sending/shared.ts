/** Photos that came through a phone's share sheet; the service worker (`public/sw.js`) keeps them for us. */

const SHARED = "mediascream shared";

export function registerForSharing(): void {
  // Absent where the page is neither local nor served over https; sharing is then not offered either.
  navigator.serviceWorker?.register("/sw.js").catch(() => undefined);
}

/** What was shared, if this page was opened by sharing; each file is given once. */
export async function takeShared(): Promise<File[]> {
  if (!new URLSearchParams(location.search).has("shared")) return [];
  history.replaceState(history.state, "", "/");
  const cache = await caches.open(SHARED);
  const files: File[] = [];
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    if (kept) files.push(await asFile(kept));
    await cache.delete(request);
  }
  return files;
}

async function asFile(kept: Response): Promise<File> {
  const name = decodeURIComponent(kept.headers.get("x-name") ?? "shared");
  const type = kept.headers.get("content-type") ?? "";
  return new File([await kept.blob()], name, {
    type,
    lastModified: Number(kept.headers.get("x-modified")),
  });
}
