/** What is typed into the search box, as the server's query. Pure. */

export interface Term {
  /** `tag`, `camera`, … or null for plain text. */
  key: string | null;
  value: string;
}

/** Every key that the box knows, what it becomes in the query, and how it is told to a person. */
export const searchKeys: Record<string, { parameter: string; example: string; hint: string }> = {
  tag: { parameter: "tag", example: "tag:vegas", hint: "with this tag" },
  after: { parameter: "from", example: "after:2026-01-31", hint: "taken on or after" },
  before: { parameter: "to", example: "before:2026", hint: "taken on or before" },
  is: { parameter: "kind", example: "is:video", hint: "photo or video" },
  state: {
    parameter: "state",
    example: "state:attention",
    hint: "safe, processing, attention, deleted",
  },
  missing: { parameter: "missing", example: "missing:flickr", hint: "has no copy there" },
  camera: { parameter: "q", example: "camera:nikon", hint: "taken with" },
};

/** `key:"some words"`, `key:word`, `"some words"` or a word; the last quote may not be closed yet. */
const TERM = /([a-z]+):(?:"([^"]*)"?|(\S*))|"([^"]*)"?|(\S+)/giu;

/** The terms of a search; an unknown key is plain text, so `12:30` finds what it says. */
export function parseSearch(text: string): Term[] {
  return [...text.matchAll(TERM)].map(([whole, key, keyQuoted, keyBare, quoted, bare]) => {
    const known = key && Object.hasOwn(searchKeys, key.toLowerCase());
    if (known) return { key: key.toLowerCase(), value: keyQuoted ?? keyBare ?? "" };
    return { key: null, value: key ? whole : (quoted ?? bare ?? "") };
  });
}

export const searchText = (terms: readonly Term[]) =>
  terms
    .map(({ key, value }) => `${key ? `${key}:` : ""}${/\s/u.test(value) ? `"${value}"` : value}`)
    .join(" ");

/** The query of `GET /photos/`; half-typed terms (`tag:`) ask for nothing. */
export function searchQuery(text: string): URLSearchParams {
  const query = new URLSearchParams();
  const words: string[] = [];
  for (const { key, value } of parseSearch(text)) {
    if (!value) continue;
    const parameter = key ? searchKeys[key]!.parameter : "q";
    if (parameter === "q") words.push(value);
    else query.append(parameter, parameter === "to" ? lastDay(value) : value);
  }
  if (words.length) query.set("q", words.join(" "));
  return query;
}

/** `2026` and `2026-02` as the last day they hold. */
function lastDay(value: string): string {
  if (/^\d{4}$/u.test(value)) return `${value}-12-31`;
  const month = /^(\d{4})-(\d{2})$/u.exec(value);
  if (!month) return value;
  const end = new Date(Date.UTC(Number(month[1]), Number(month[2]), 0));
  return end.toISOString().slice(0, 10);
}
