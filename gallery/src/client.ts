/** The few calls to the server; each throws `Problem` where the server refuses, `Unreachable` where it is not there. */
import type {
  DeliveriesPage,
  DestinationsAnswer,
  Health,
  NewToken,
  Photo,
  PhotoEdit,
  PhotosPage,
  Problem as ProblemBody,
  TagsAnswer,
  TimelineMonth,
  TimelineMonths,
  TokenRequest,
} from "./api";

/** The server answered, and the answer is no; `message` is its sentence for a person. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
    this.name = "Problem";
  }
}

/** No answer at all: the network or the server is away. */
export class Unreachable extends Error {
  constructor() {
    super("Mediascream does not answer");
    this.name = "Unreachable";
  }
}

export function problemFrom(status: number, body: string): Problem {
  let said: Partial<ProblemBody> = {};
  try {
    said = JSON.parse(body) as Partial<ProblemBody>;
  } catch {
    // A proxy's HTML page, for example: the status has to do.
  }
  return new Problem(
    status,
    said.errors?.[0]?.code ?? said.code ?? `http-${status}`,
    said.errors?.[0]?.detail ?? said.detail ?? said.title ?? `The server answered ${status}`,
  );
}

async function ask<T>(
  method: string,
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const init: RequestInit = { method, headers: { Accept: "application/json" } };
  if (signal) init.signal = signal;
  if (body !== undefined) {
    init.headers = { ...init.headers, "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  let answer: Response;
  try {
    answer = await fetch(path, init);
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable();
  }
  const text = await answer.text();
  // A development proxy or a load balancer says so in the server's place.
  if (answer.status === 502 || answer.status === 504) throw new Unreachable();
  if (answer.status === 401) logIn();
  if (!answer.ok) throw problemFrom(answer.status, text);
  return (text ? JSON.parse(text) : undefined) as T;
}

/** To the page to log in at, and back to where one is now. */
function logIn(): void {
  const here = location.pathname + location.search + location.hash;
  location.assign(`/login?next=${encodeURIComponent(here)}`);
}

const photoPath = (id: string) => `/photos/${id}`;

export const thumbnailOf = (id: string) => `${photoPath(id)}/thumbnail`;
export const previewOf = (id: string) => `${photoPath(id)}/preview`;
export const originalOf = (id: string) => `${photoPath(id)}/original`;

export const server = {
  makeToken: (wanted: TokenRequest) => ask<NewToken>("POST", "/tokens", wanted),
  photos: (query: URLSearchParams, signal?: AbortSignal) =>
    ask<PhotosPage>("GET", `/photos/?${query}`, undefined, signal),
  photo: (id: string) => ask<Photo>("GET", photoPath(id)),
  change: (id: string, changes: PhotoEdit) => ask<Photo>("PATCH", photoPath(id), changes),
  trash: (id: string) => ask<Photo | undefined>("DELETE", photoPath(id)),
  restore: (id: string) => ask<Photo>("POST", `${photoPath(id)}/restore`),
  retry: (id: string, destination: string) =>
    ask<Photo>("POST", `${photoPath(id)}/retry`, { destination }),
  skip: (id: string, destination: string) =>
    ask<Photo>("POST", `${photoPath(id)}/skip`, { destination }),
  months: () => ask<TimelineMonths>("GET", "/timeline"),
  month: (month: string, cursor: string | null, signal?: AbortSignal) =>
    ask<TimelineMonth>(
      "GET",
      `/timeline/${month}${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`,
      undefined,
      signal,
    ),
  tags: (prefix: string, signal: AbortSignal) =>
    ask<TagsAnswer>("GET", `/tags?${new URLSearchParams({ prefix })}`, undefined, signal),
  deliveries: (query: URLSearchParams) => ask<DeliveriesPage>("GET", `/deliveries?${query}`),
  /** What is not there yet is left out. */
  health: () => ask<Partial<Health>>("GET", "/health"),
  destinations: () => ask<DestinationsAnswer>("GET", "/destinations"),
  destinationAct: (name: string, act: "pause" | "resume" | "backfill" | "retry") =>
    ask<unknown>("POST", `/destinations/${name}/${act}`),
};
