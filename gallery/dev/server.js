/**
 * `npm run fake [-- --port 5000 --count 800 --static FOLDER]`: the fake library over HTTP, for work on the
 * page without the real server. With `--static`, a built page too, under a strict Content-Security-Policy.
 */
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { parseArgs } from "node:util";
import { Library, Problem } from "./fake.js";
import { svgOf } from "./pictures.js";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "5000" },
    count: { type: "string", default: "800" },
    static: { type: "string" },
    "no-timeline": { type: "boolean", default: false },
  },
});
const library = new Library({ count: Number(values.count) });
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

createServer((request, response) => {
  answer(request, response).catch((error) => {
    if (!(error instanceof Problem)) console.error(error);
    const status = error.status ?? 500;
    const body = {
      type: "about:blank",
      title: "Refused",
      status,
      detail: error.message,
      code: error.code ?? "error",
    };
    response
      .writeHead(status, { "content-type": "application/problem+json" })
      .end(JSON.stringify(body));
  });
}).listen(Number(values.port), "127.0.0.1", function () {
  console.log(`fake library on http://localhost:${this.address().port}`);
});

async function answer(request, response) {
  const url = new URL(request.url, "http://localhost");
  const json = (body, status = 200) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const [, room, id, act] = url.pathname.split("/");
  const route = `${request.method} ${room}`;
  if (route === "GET events") return events(response);
  if (route === "GET health") return json({ status: "ok", reasons: [] });
  if (route === "GET destinations") return json({ destinations: library.destinations() });
  if (route === "POST destinations") return json(actOn(id, act));
  if (route === "GET deliveries") return json(library.deliveries(url.searchParams));
  if (route === "GET timeline" && !values["no-timeline"])
    return json(id ? library.month(id, url.searchParams) : library.months());
  if (route === "GET photos" && !id) return json(library.page(url.searchParams));
  if (route === "POST photos" && !id) return json(...(await received(request)));
  if (room === "photos") return photo(request, response, library.get(id), act, json);
  if (values.static && request.method === "GET") return page(url.pathname, response);
  throw new Problem(404, "not-found", "Nothing is here");
}

async function photo(request, response, found, act, json) {
  const picture = (side) =>
    response
      .writeHead(200, { "content-type": "image/svg+xml", "cache-control": "private, max-age=3600" })
      .end(svgOf(library.seeds.get(found.id), side));
  const { method } = request;
  if (method === "GET" && !act) return json(found);
  if (method === "GET" && act !== "original" && found.preview !== "ready")
    throw new Problem(404, "no-rendition", "There is no preview of this photo yet");
  if (method === "GET" && act === "thumbnail") return picture(480);
  if (method === "GET") return picture(act === "preview" ? 2016 : 6000);
  const body = method === "DELETE" || act === "restore" ? {} : JSON.parse(await read(request));
  if (method === "PATCH") Object.assign(found, body);
  else if (method === "DELETE") found.deleted_at = new Date().toISOString();
  else if (act === "restore") found.deleted_at = null;
  else if (act === "retry") library.retry(found, body.destination);
  else if (act === "skip") library.skip(found, body.destination);
  else throw new Problem(405, "method", "Not so");
  library.tell(found);
  return json(found);
}

function actOn(name, act) {
  if (act === "pause") library.paused.add(name);
  if (act === "resume") library.paused.delete(name);
  if (act === "retry")
    for (const photo of library.photos.values())
      for (const receipt of photo.receipts)
        if (receipt.destination === name && ["failed", "blocked"].includes(receipt.state))
          library.retry(photo, name);
  const destination = library.destinations().find((other) => other.name === name);
  library.emit("destination", destination);
  return destination;
}

function events(response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.write(": hello\n\n");
  const listeners = ["photo", "destination"].map((name) => [
    name,
    (data) => response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`),
  ]);
  for (const [name, listener] of listeners) library.on(name, listener);
  response.on("close", () => listeners.forEach(([name, listener]) => library.off(name, listener)));
}

async function received(request) {
  const form = await new Request("http://localhost/", {
    method: "POST",
    headers: request.headers,
    body: request,
    duplex: "half",
  }).formData();
  const known = new Set([
    "photo_file",
    "tags",
    "skip",
    "description",
    "taken_at",
    "latitude",
    "longitude",
    "modified_at",
    "override",
    "restore",
  ]);
  for (const name of form.keys())
    if (!known.has(name)) throw new Problem(422, "field-invalid", `There is no field ${name}`);
  const list = (name) =>
    form
      .getAll(name)
      .flatMap((value) => value.split(","))
      .filter(Boolean);
  const files = form.getAll("photo_file");
  if (!files.length) throw new Problem(422, "no-photo-file", "The form has no photo_file");
  const photos = [];
  for (const file of files)
    photos.push(
      library.receive({
        name: file.name,
        bytes: Buffer.from(await file.arrayBuffer()),
        tags: list("tags"),
        skip: list("skip"),
      }),
    );
  return [{ photos }, photos.every(({ duplicate }) => duplicate) ? 200 : 201];
}

async function read(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

function page(path, response) {
  const file = join(values.static, normalize(path === "/" ? "/index.html" : path));
  if (!existsSync(file) || !statSync(file).isFile())
    throw new Problem(404, "not-found", "Nothing is here");
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    "content-security-policy": POLICY,
  });
  createReadStream(file).pipe(response);
}
