import { describe, expect, test } from "vitest";
import type { Receipt } from "../src/api";
import { withTag } from "../src/tags";
import { byteSize, durationWords, exposureWords, receiptSentence, toneOf } from "../src/words";

const receipt = (more: Partial<Receipt>): Receipt => ({
  destination: "flickr",
  state: "delivered",
  reason: null,
  remote_id: null,
  remote_url: null,
  size: null,
  proof: null,
  delivered_at: null,
  checked_at: null,
  attempts: 1,
  next_attempt_at: null,
  error: null,
  derivative: false,
  ...more,
});

describe("words", () => {
  test("a receipt says the grade of its proof and never more", () => {
    expect(receiptSentence(receipt({ proof: "bytes" }))).toContain("byte for byte");
    expect(receiptSentence(receipt({ proof: "listed" }))).not.toContain("equal");
    expect(receiptSentence(receipt({ proof: null }))).toBe("Copy is there");
    expect(receiptSentence(receipt({ proof: "listed", derivative: true }))).toContain("converted");
  });

  test("a wish of the sender is told apart from a service that is not connected", () => {
    expect(receiptSentence(receipt({ state: "skipped", reason: "sender" }))).toContain("sender");
    expect(receiptSentence(receipt({ state: "skipped", reason: "not_connected" }))).toBe(
      "Not connected",
    );
  });

  test("waiting says when it goes on", () => {
    const now = new Date("2026-11-24T10:00:00Z");
    const sentence = receiptSentence(
      receipt({ state: "waiting", next_attempt_at: "2026-11-24T13:00:00Z" }),
      now,
    );
    expect(sentence).toBe("Waiting, next try in 3 hours");
  });

  test("only what asks for a person is told in the colour of trouble", () => {
    expect(toneOf("blocked")).toBe("bad");
    expect(toneOf("refused")).toBe("still");
    expect(toneOf("waiting")).toBe("working");
  });

  test.each([
    [0, "0 bytes"],
    [999, "999 bytes"],
    [1500, "1.5 kB"],
    [999_960, "1.0 MB"],
    [5_340_000, "5.3 MB"],
    [21_474_836_480, "21 GB"],
  ])("%i bytes are %s", (bytes, words) => expect(byteSize(bytes)).toBe(words));

  test("exposure is told as a photographer writes it", () => {
    expect(exposureWords({ seconds: 1 / 250, aperture: 2.8, iso: 400, focal_length_mm: 35 })).toBe(
      "1/250 s · ƒ/2.8 · ISO 400 · 35 mm",
    );
    expect(exposureWords({ seconds: 2, aperture: null, iso: null, focal_length_mm: null })).toBe(
      "2 s",
    );
  });

  test("lengths of films", () => {
    expect(durationWords(62)).toBe("1:02");
    expect(durationWords(3725)).toBe("1:02:05");
  });
});

describe("tags", () => {
  test("are trimmed, unique without case, first spelling kept", () => {
    expect(withTag(["Vegas"], " vegas ")).toEqual(["Vegas"]);
    expect(withTag(["Vegas"], "travel ")).toEqual(["Vegas", "travel"]);
    expect(withTag([], "   ")).toEqual([]);
  });

  test("are cut at 100 characters, never inside one", () => {
    expect([...withTag([], "🎞".repeat(150))[0]!]).toHaveLength(100);
  });
});
