import { describe, expect, test } from "vitest";
import type { Answer } from "../src/sending/parcels";
import { metadata, sendInPieces, type Ask, type Asked, type Told } from "../src/sending/pieces";

const CONTENT = "a photo of 26 letters long";

/** Keeps what comes; the first `cuts` say how many bytes of a PATCH arrive before the network is lost. */
class Server {
  kept = "";
  asked: string[] = [];
  begun: Record<string, string> = {};
  gone = false;
  busy = false;
  constructor(readonly cuts: number[] = []) {}

  readonly ask: Ask = async ({ method, path, headers, body, onsent }: Asked) => {
    this.asked.push(`${method} ${path}`);
    if (method === "POST") {
      this.begun = headers;
      this.kept = "";
      this.gone = false;
      return told(201, { Location: "http://elsewhere/uploads/abc", "Upload-Offset": "0" });
    }
    if (method === "GET") return told(200, {}, JSON.stringify({ id: "ab", state: "processing" }));
    if (this.gone) return told(410);
    if (this.busy) return told(423);
    if (method === "PATCH") {
      if (Number(headers["Upload-Offset"]) !== this.kept.length) return told(409);
      const text = (await body?.text()) ?? "";
      const cut = this.cuts.shift();
      this.kept += text.slice(0, cut);
      onsent?.(text.length);
      if (cut !== undefined) return told(0);
    }
    const whole = this.kept.length === CONTENT.length;
    const more = {
      "Upload-Offset": `${this.kept.length}`,
      ...(whole && { "Mediascream-Photo-Id": "ab" }),
    };
    return told(method === "HEAD" ? 200 : 204, more as Record<string, string>);
  };
}

const told = (status: number, headers: Record<string, string> = {}, text = ""): Told => ({
  status,
  header: (name) => headers[name] ?? null,
  text,
});

const file = () => new File([CONTENT], "Tür.jpg", { lastModified: 0 });

/** One attempt after the other, each with what the one before learnt. */
async function attempts(
  server: Server,
  count: number,
): Promise<{ answers: Answer[]; sent: number[] }> {
  let address: string | null = null;
  const sent: number[] = [];
  const answers: Answer[] = [];
  for (let attempt = 0; attempt < count; attempt++) {
    const way = {
      address,
      onbegun: (to: string | null) => (address = to),
      onsent: (bytes: number) => sent.push(bytes),
    };
    answers.push(
      await sendInPieces(file(), { tags: ["sea", "sun"], skip: [] }, way, server.ask).answer,
    );
  }
  return { answers, sent };
}

describe("a big file in pieces", () => {
  test("it ends as the photo that the server made of it", async () => {
    const server = new Server();
    const { answers, sent } = await attempts(server, 1);
    expect(answers).toEqual([
      { status: 200, photo: { id: "ab", state: "processing", duplicate: false } },
    ]);
    expect(server.kept).toBe(CONTENT);
    expect(sent).toEqual([0, CONTENT.length]);
    expect(server.begun["Upload-Metadata"]).toBe("filename VMO8ci5qcGc=,tags c2VhLHN1bg==");
  });

  test("after a lost network it goes on where the bytes end", async () => {
    const server = new Server([7, 5]);
    const { answers } = await attempts(server, 3);
    expect(answers.map(({ status }) => status)).toEqual([0, 0, 200]);
    expect(server.kept).toBe(CONTENT);
    expect(server.asked.filter((asked) => asked.startsWith("POST"))).toHaveLength(1);
  });

  test("where the last answer was lost, nothing is sent again", async () => {
    const server = new Server([CONTENT.length]);
    const { answers } = await attempts(server, 2);
    expect(answers.map(({ status }) => status)).toEqual([0, 200]);
    expect(server.asked.filter((asked) => asked.startsWith("PATCH"))).toHaveLength(1);
  });

  test("what the server forgot is begun anew", async () => {
    const server = new Server([7]);
    const first = await sendInPieces(file(), { tags: [], skip: [] }, way(null), server.ask).answer;
    server.gone = true;
    const second = await sendInPieces(
      file(),
      { tags: [], skip: [] },
      way("/uploads/abc"),
      server.ask,
    ).answer;
    expect([first.status, second.status]).toEqual([0, 200]);
    expect(server.kept).toBe(CONTENT);
  });

  test("a no of the server is told with its sentence", async () => {
    const no = JSON.stringify({ code: "disk-full", detail: "There is no room." });
    const answer = await sendInPieces(file(), { tags: [], skip: [] }, way(null), async () =>
      told(507, {}, no),
    ).answer;
    expect(answer).toEqual({ status: 507, code: "disk-full", detail: "There is no room." });
  });

  test("an upload that another attempt still holds is waited for, not begun anew", async () => {
    const server = new Server();
    server.busy = true;
    const wishes = { tags: [], skip: [] };
    const answer = await sendInPieces(file(), wishes, way("/uploads/abc"), server.ask).answer;
    expect(answer).toEqual({ status: 0 });
    expect(server.asked).toEqual(["HEAD /uploads/abc"]);
  });

  test("values that are empty are left out", () => {
    expect(metadata({ filename: "a.jpg", tags: "" })).toBe("filename YS5qcGc=");
  });
});

const way = (address: string | null) => ({
  address,
  onbegun: () => undefined,
  onsent: () => undefined,
});
