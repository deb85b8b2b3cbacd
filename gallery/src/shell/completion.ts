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

export function completions(typed: string, tags: readonly string[]): Completion[] {
  const start = /\S*$/u.exec(typed)!.index;
  const [before, word] = [typed.slice(0, start), typed.slice(start)];
  const colon = word.indexOf(":");
  const key = colon > 0 ? word.slice(0, colon).toLowerCase() : null;
  const offers = key ? valueOffers(key, word.slice(colon + 1), tags) : keyOffers(word, tags);
  return offers.slice(0, OFFERED).map((offer) => ({ ...offer, text: before + offer.text }));
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
