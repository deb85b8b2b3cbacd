import { describe, expect, test } from "vitest";
import { completions, tagBegun } from "../src/shell/completion";
import { parseSearch, searchQuery, searchText } from "../src/timeline/search";

const query = (text: string) => searchQuery(text).toString();

describe("the search box", () => {
  test.each([
    ["sunset beach", "q=sunset+beach"],
    ["tag:vegas", "tag=vegas"],
    ['tag:"two words" tag:b', "tag=two+words&tag=b"],
    ["is:video state:attention missing:flickr", "kind=video&state=attention&missing=flickr"],
    ["after:2026-01-31 before:2026-02", "from=2026-01-31&to=2026-02-28"],
    ["before:2024-02", "to=2024-02-29"],
    ["before:2026", "to=2026-12-31"],
    ["camera:nikon hut", "q=nikon+hut"],
    ["tag:", ""],
    ["TAG:Vegas", "tag=Vegas"],
    ["12:30", "q=12%3A30"],
    ["constructor:x", "q=constructor%3Ax"],
    ["   ", ""],
    ['"an open quote', "q=an+open+quote"],
  ])("%j asks for %s", (text, expected) => expect(query(text)).toBe(expected));

  test("what was read can be written again", () => {
    const text = 'tag:"two words" hut before:2026';
    expect(searchText(parseSearch(text))).toBe(text);
  });

  test("offers keys at first, then the tags that begin so", () => {
    expect(completions("", []).map(({ text }) => text)).toContain("tag:");
    expect(
      completions("hut tag:ve", ["vegas", "Venice", "family"]).map(({ text }) => text),
    ).toEqual(["hut tag:vegas", "hut tag:Venice"]);
    expect(completions("tag:two", ["two words"])[0]!.text).toBe('tag:"two words"');
  });

  test("a tag of several words is completed behind its quote", () => {
    expect(completions('hut tag:"las v', ["Las Vegas", "vegas"]).map(({ text }) => text)).toEqual([
      'hut tag:"Las Vegas"',
    ]);
  });

  test("tags are asked for by what they begin with, where one may be meant", () => {
    expect(["hut tag:ve", 'tag:"las v', "tag:", "veg", "", "is:vi", "hut "].map(tagBegun)).toEqual([
      "ve",
      "las v",
      "",
      "veg",
      null,
      null,
      null,
    ]);
  });

  test("offers nothing for a word that is complete", () => {
    expect(completions("is:video", [])).toEqual([]);
  });
});
