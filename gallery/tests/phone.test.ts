import { describe, expect, it } from "vitest";
import { cleanAddress, isLoopback, isReadable } from "../src/phone/address";

describe("the address for a phone", () => {
  it.each([
    ["192.168.1.20:5000", "http://192.168.1.20:5000"],
    [" https://photos.example.org/ ", "https://photos.example.org"],
    ["nas.local:5000/photos//", "http://nas.local:5000/photos"],
    ["http://[fd00::1]:5000/", "http://[fd00::1]:5000"],
  ])("%j is read as %j", (typed, meant) => {
    expect(cleanAddress(typed)).toBe(meant);
  });

  it.each(["", "   ", "not an address", "ftp://nas/", "javascript://alert(1)", "http://"])(
    "%j is none",
    (typed) => {
      expect(cleanAddress(typed)).toBeNull();
    },
  );

  it("that means the device itself is told", () => {
    const own = [
      "http://localhost:5000",
      "http://127.0.0.1",
      "http://[::1]:5000",
      "http://a.localhost",
    ];
    expect(own.filter(isLoopback)).toEqual(own);
    expect(isLoopback("http://192.168.1.20:5000")).toBe(false);
    expect(isLoopback("http://127.example.org")).toBe(false);
  });

  it("without https can be read on the way", () => {
    expect(isReadable("http://nas:5000")).toBe(true);
    expect(isReadable("https://nas")).toBe(false);
  });
});
