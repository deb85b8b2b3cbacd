/** What the search box offers for the last word that is being typed. Pure. */
import { searchKeys } from "../timeline/search";

export interface Completion {
  label: string;
  hint: string;
  /** What stands in the box once it is taken. */
  text: string;
  /** True where nothing more needs to be typed. */
  whole: boolean;
}

const OFFERED = 8;
const values: Record<string, string[]> = {
  is: ["photo", "video"],
  state: ["attention", "processing", "safe", "deleted"],
  missing: ["flickr", "gphotos", "s3", "folder"],
};

/** The word that is being typed, which may be `tag:"some words` without its last quote, and what stands before it. */
const LAST = /(?:[a-z]+:"[^"]*|\S*)$/iu;

export function completions(typed: string, tags: readonly string[]): Completion[] {
  const { before, word, key, value } = lastWord(typed);
  const offers = key ? valueOffers(key, value, tags) : keyOffers(word, tags);
  return offers.slice(0, OFFERED).map((offer) => ({ ...offer, text: before + offer.text }));
}

/** What a tag begins with, where one may be being typed. */
export function tagBegun(typed: string): string | null {
  const { word, key, value } = lastWord(typed);
  if (key) return key === "tag" ? value.replace(/^"/u, "") : null;
  return word || null;
}

function lastWord(typed: string) {
  const start = LAST.exec(typed)!.index;
  const word = typed.slice(start);
  const colon = word.indexOf(":");
  const key = colon > 0 ? word.slice(0, colon).toLowerCase() : null;
  return { before: typed.slice(0, start), word, key, value: word.slice(colon + 1) };
}

function keyOffers(word: string, tags: readonly string[]): Completion[] {
  const keys = Object.entries(searchKeys)
    .filter(([key]) => key.startsWith(word.toLowerCase()))
    .map(([key, { example, hint }]) => ({ label: example, hint, text: `${key}:`, whole: false }));
  return [...(word ? valueOffers("tag", word, tags).slice(0, 4) : []), ...keys];
}

function valueOffers(key: string, begun: string, tags: readonly string[]): Completion[] {
  const wanted = begun.replace(/^"/u, "").toLowerCase();
  return (key === "tag" ? tags : (values[key] ?? []))
    .filter((value) => value.toLowerCase().startsWith(wanted) && value.toLowerCase() !== wanted)
    .map((value) => ({
      label: value,
      hint: key === "tag" ? "tag" : searchKeys[key]!.hint.split(",")[0]!,
      text: `${key}:${/\s/u.test(value) ? `"${value}"` : value}`,
      whole: true,
    }));
}
