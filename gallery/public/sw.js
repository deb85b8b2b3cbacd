/**
 * Takes photos from a phone's share sheet (`share_target` in the manifest): keeps them for the page and
 * opens it. It answers nothing else; every other request goes to the server as if it were not there.
 */
const SHARED = "mediascream shared";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "POST" && new URL(url).pathname === "/share")
    event.respondWith(keep(event.request));
});

async function keep(request) {
  const form = await request.formData();
  const cache = await caches.open(SHARED);
  for (const file of form.getAll("photo_file")) {
    const headers = {
      "content-type": file.type,
      "x-name": encodeURIComponent(file.name),
      "x-modified": String(file.lastModified),
    };
    await cache.put(`/share/${crypto.randomUUID()}`, new Response(file, { headers }));
  }
  return Response.redirect("/?shared=1", 303);
}
