/** One upload over HTTP. `fetch` cannot say how far a body has gone; XMLHttpRequest can. */
import type { Photo } from "../api";
import { problemFrom } from "../client";
import type { Answer } from "./parcels";

export interface Wishes {
  tags: readonly string[];
  skip: readonly string[];
}

export interface Posting {
  answer: Promise<Answer>;
  abort: () => void;
}

export function post(file: File, wishes: Wishes, onsent: (bytes: number) => void): Posting {
  const request = new XMLHttpRequest();
  const answer = new Promise<Answer>((resolve) => {
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      // The form around the file is some hundred bytes: the file is never shown as more than whole.
      onsent(Math.round((loaded / Math.max(1, total)) * file.size));
    });
    request.addEventListener("load", () => resolve(read(request.status, request.responseText)));
    for (const end of ["error", "abort", "timeout"])
      request.addEventListener(end, () => resolve({ status: 0 }));
  });
  request.open("POST", "/photos/");
  request.setRequestHeader("Accept", "application/json");
  request.send(form(file, wishes));
  return { answer, abort: () => request.abort() };
}

function form(file: File, { tags, skip }: Wishes): FormData {
  const data = new FormData();
  if (tags.length) data.set("tags", tags.join(","));
  if (skip.length) data.set("skip", skip.join(","));
  if (file.lastModified) data.set("modified_at", new Date(file.lastModified).toISOString());
  // Last, so that the server knows what is wished before the bytes come.
  data.set("photo_file", file, file.name);
  return data;
}

function read(status: number, body: string): Answer {
  if (status === 200 || status === 201) {
    try {
      const photo = (JSON.parse(body) as { photos: Photo[] }).photos[0];
      if (photo) return { status, photo };
    } catch {
      // Cut off, or somebody else's page: as good as no answer, and sending again makes no second copy.
    }
    return { status: 0 };
  }
  const problem = problemFrom(status, body);
  return { status, code: problem.code, detail: problem.message };
}
