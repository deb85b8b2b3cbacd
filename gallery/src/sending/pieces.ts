/**
 * A big file to the server by tus 1.0.0 (https://tus.io/protocols/resumable-upload, read 2026-11-24), so that a lost
 * network costs only what had not arrived. A small own client: tus-js-client would weigh more than the page's whole
 * sending part. Loaded only once a big file is sent.
 */
import type { Photo } from "../api";
import { problemFrom } from "../client";
import type { Answer } from "./parcels";
import type { Posting, Wishes } from "./post";

/** In one request: proxies in between often take no more than 100 MB. */
export const PIECE_BYTES = 64 * 1024 * 1024;

export interface Asked {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: Blob;
  onsent?: (bytes: number) => void;
  signal: AbortSignal;
}

export interface Told {
  /** 0 where no answer came. */
  status: number;
  header: (name: string) => string | null;
  text: string;
}

export type Ask = (asked: Asked) => Promise<Told>;

export interface Way {
  /** Where an earlier attempt left its bytes; null for the first. */
  address: string | null;
  /** Told of the address, so that the next attempt has it. */
  onbegun: (address: string | null) => void;
  /** Told how many bytes are there. */
  onsent: (bytes: number) => void;
}

/** Where the server says that the attempt has to find out anew how far it is. */
const ASK_ANEW = new Set([404, 409, 410, 423]);
/** What had arrived is there no more: it begins anew. */
const GONE = new Set([404, 410]);

export function sendInPieces(file: File, wishes: Wishes, way: Way, ask: Ask = byRequest): Posting {
  const abort = new AbortController();
  const say = (method: string, path: string, more: Partial<Asked> = {}) =>
    ask({
      method,
      path,
      signal: abort.signal,
      ...more,
      headers: { "Tus-Resumable": "1.0.0", ...more.headers },
    });
  return { answer: send(file, wishes, way, say), abort: () => abort.abort() };
}

/** Let go of what arrived of a file that is not wanted any more. */
export function forget(address: string, ask: Ask = byRequest): void {
  const signal = new AbortController().signal;
  void ask({ method: "DELETE", path: address, headers: { "Tus-Resumable": "1.0.0" }, signal });
}

type Say = (method: string, path: string, more?: Partial<Asked>) => Promise<Told>;

async function send(file: File, wishes: Wishes, way: Way, say: Say): Promise<Answer> {
  let told = way.address ? await say("HEAD", way.address) : null;
  let address = way.address;
  // Still held by the attempt before, say: what lies there is not given up for that.
  if (told && told.status !== 200 && !GONE.has(told.status))
    return ASK_ANEW.has(told.status) ? { status: 0 } : refusal(told);
  if (!address || told?.status !== 200) {
    told = await say("POST", "/uploads/", { headers: beginning(file, wishes) });
    // What lies on this server, whatever it thinks its address is.
    address = told.status === 201 ? pathOf(told.header("Location")) : null;
    way.onbegun(address);
    if (!address) return refusal(told);
  }
  for (;;) {
    const photoId = told.header("Mediascream-Photo-Id");
    if (photoId) return kept(photoId, told.header("Mediascream-Duplicate") === "true", say);
    const offset = Number(told.header("Upload-Offset"));
    way.onsent(offset);
    told = await say("PATCH", address, {
      headers: { "Content-Type": "application/offset+octet-stream", "Upload-Offset": `${offset}` },
      body: file.slice(offset, offset + PIECE_BYTES),
      onsent: (bytes) => way.onsent(offset + bytes),
    });
    if (told.status !== 204) return ASK_ANEW.has(told.status) ? { status: 0 } : refusal(told);
  }
}

async function kept(id: string, duplicate: boolean, say: Say): Promise<Answer> {
  const told = await say("GET", `/photos/${id}`, { headers: { Accept: "application/json" } });
  if (told.status !== 200) return refusal(told);
  return { status: 200, photo: { ...(JSON.parse(told.text) as Photo), duplicate } };
}

function refusal({ status, text }: Told): Answer {
  if (status === 0 || (status >= 200 && status < 300)) return { status: 0 };
  const { code, message } = problemFrom(status, text);
  return { status, code, detail: message };
}

function beginning(file: File, { tags, skip }: Wishes): Record<string, string> {
  const said = {
    filename: file.name,
    tags: tags.join(","),
    skip: skip.join(","),
    modified_at: file.lastModified ? new Date(file.lastModified).toISOString() : "",
  };
  return { "Upload-Length": `${file.size}`, "Upload-Metadata": metadata(said) };
}

export function metadata(said: Record<string, string>): string {
  const pairs = Object.entries(said).filter(([, text]) => text);
  return pairs.map(([name, text]) => `${name} ${base64(text)}`).join(",");
}

/** Of the text in UTF-8; `btoa` knows only Latin letters. */
const base64 = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

const pathOf = (location: string | null) => location?.match(/\/uploads\/[\w-]+$/u)?.[0] ?? null;

/** By XMLHttpRequest: `fetch` cannot say how far a body has gone. */
function byRequest({ method, path, headers, body, onsent, signal }: Asked): Promise<Told> {
  const request = new XMLHttpRequest();
  return new Promise((resolve) => {
    const tell = () =>
      resolve({
        status: request.status,
        header: (name) => request.getResponseHeader(name),
        text: request.responseText,
      });
    for (const end of ["load", "error", "abort", "timeout"]) request.addEventListener(end, tell);
    if (onsent) request.upload.addEventListener("progress", ({ loaded }) => onsent(loaded));
    signal.addEventListener("abort", () => request.abort());
    request.open(method, path);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body ?? null);
  });
}
