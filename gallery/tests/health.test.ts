import { expect, test } from "vitest";
import { healthLines } from "../src/deliveries/health";

const now = new Date("2026-11-29T12:00:00Z");
const proof = (at: string, good = true) => ({ at, good, detail: "1 of 3 photos differs" });

test("a library that was never proven says nothing", () => {
  expect(healthLines({ status: "ok", reasons: [] }, now)).toEqual([]);
});

test("a good drill says when it was", () => {
  const [line] = healthLines({ last_drill: proof("2026-11-26T12:00:00Z") }, now);
  expect(line).toMatchObject({ tone: "good", text: "Last restore drill: good, 3 days ago" });
});

test("a drill that was not good says why", () => {
  const lines = healthLines({ last_drill: proof("2026-11-28T12:00:00Z", false) }, now);
  expect(lines[0]).toMatchObject({
    tone: "bad",
    text: "Last restore drill: not good, yesterday. 1 of 3 photos differs",
  });
});

test("only a disk with little room is told of, before all else", () => {
  const room = { what: "spool", free: 2e9, total: 1e12, little: true };
  const lines = healthLines(
    {
      rooms: [room, { ...room, what: "database", little: false }],
      last_audit: proof("2026-11-29T11:00:00Z"),
    },
    now,
  );
  expect(lines.map(({ text }) => text)).toEqual([
    "Little room (spool): 2.0 GB of 1.0 TB free",
    "Last check of copies: good, 1 hour ago",
  ]);
});
