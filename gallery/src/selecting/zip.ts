/** Originals in one archive, written to the disk as they come where the browser can do that. */
import { problemFrom, Unreachable } from "../client";

interface SavePicker {
  showSaveFilePicker?: (options: {
    suggestedName: string;
  }) => Promise<{ createWritable: () => Promise<WritableStream<Uint8Array>> }>;
}

const NAME = "photos.zip";

export async function downloadZip(ids: readonly string[]): Promise<void> {
  const picker = (window as SavePicker).showSaveFilePicker;
  // Must be asked before anything is awaited: the browser wants it to follow from a click.
  const file = picker ? await picker({ suggestedName: NAME }) : null;
  const answer = await ask(ids);
  if (file && answer.body) await answer.body.pipeTo(await file.createWritable());
  else save(await answer.blob());
}

async function ask(ids: readonly string[]): Promise<Response> {
  const answer = await fetch("/photos/zip", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ids }),
  }).catch(() => {
    throw new Unreachable();
  });
  if (!answer.ok) throw problemFrom(answer.status, await answer.text());
  return answer;
}

function save(blob: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = NAME;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
