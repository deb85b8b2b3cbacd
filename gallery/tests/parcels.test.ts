import { describe, expect, test } from "vitest";
import type { Photo } from "../src/api";
import {
  afterAnswer,
  isOpen,
  pauseMs,
  tally,
  toStart,
  type Parcel,
  type ParcelState,
} from "../src/sending/parcels";

const parcel = (key: number, state: ParcelState, more: Partial<Parcel> = {}): Parcel => ({
  key,
  name: `${key}.jpg`,
  size: 100,
  state,
  sent: 0,
  attempts: 0,
  detail: null,
  photoId: null,
  ...more,
});
const photo = (more: Partial<Photo> = {}) =>
  ({ id: "ab", state: "processing", duplicate: false, ...more }) as Photo;

describe("files on their way", () => {
  test("at most three are under way at once, the oldest first", () => {
    const parcels = [
      parcel(1, "sending"),
      parcel(2, "waiting"),
      parcel(3, "queued"),
      parcel(4, "queued"),
      parcel(5, "queued"),
    ];
    expect(toStart(parcels, 3).map(({ key }) => key)).toEqual([3, 4]);
    expect(toStart([parcel(1, "sending"), parcel(2, "queued")], 1)).toEqual([]);
  });

  test.each([
    [{ status: 201, photo: photo() }, "uploaded"],
    [{ status: 200, photo: photo({ duplicate: true }) }, "duplicate"],
    [{ status: 200, photo: photo({ state: "deleted" }) }, "deleted"],
    [{ status: 415, code: "not-a-photo", detail: "x.txt is no photo" }, "ignored"],
    [{ status: 413, code: "too-large", detail: "too large" }, "failed"],
    [{ status: 422, code: "empty-file" }, "failed"],
    [{ status: 403, code: "caller-refused" }, "failed"],
    [{ status: 507, code: "disk-full", detail: "There is no room" }, "failed"],
    [{ status: 0 }, "waiting"],
    [{ status: 429 }, "waiting"],
    [{ status: 503 }, "waiting"],
  ] as const)("the answer %j ends as %s", (answer, state) => {
    expect(afterAnswer(answer).state).toBe(state);
  });

  test("a refusal always says something", () => {
    expect(afterAnswer({ status: 418 }).detail).toContain("418");
    expect(afterAnswer({ status: 507, detail: "There is no room" }).detail).toBe(
      "There is no room",
    );
  });

  test("pauses double up to half a minute and are spread", () => {
    expect([1, 2, 3, 4].map((attempts) => pauseMs(attempts, () => 0.5))).toEqual([
      1000, 2000, 4000, 8000,
    ]);
    expect(pauseMs(50, () => 0.5)).toBe(30_000);
    expect(pauseMs(1, () => 0)).toBeLessThan(pauseMs(1, () => 1));
  });

  test("every named state is either open or an end", () => {
    const open: ParcelState[] = ["queued", "sending", "waiting"];
    const ended: ParcelState[] = [
      "uploaded",
      "duplicate",
      "deleted",
      "ignored",
      "failed",
      "cancelled",
    ];
    expect(open.every((state) => isOpen(parcel(1, state)))).toBe(true);
    expect(ended.some((state) => isOpen(parcel(1, state)))).toBe(false);
  });

  test("the tally counts bytes of what has ended as done, and forgets what was cancelled", () => {
    const counted = tally([
      parcel(1, "uploaded"),
      parcel(2, "sending", { sent: 40 }),
      parcel(3, "failed"),
      parcel(4, "cancelled"),
    ]);
    expect(counted).toMatchObject({
      total: 3,
      open: 1,
      done: 1,
      failed: 1,
      bytes: 300,
      bytesSent: 240,
    });
  });
});
