// Sends a file as tus-js-client does: node tus_js_client.mjs ENDPOINT FILE plain|chunked|parallel|with-creation|deferred|resumed|parallel-resumed
import { createReadStream } from "node:fs";
import { createRequire } from "node:module";
import { PassThrough } from "node:stream";

const tus = createRequire(`${process.cwd()}/`)("tus-js-client");
const [endpoint, file, mode] = process.argv.slice(2);
const MB = 1024 * 1024;

const options = {
  endpoint,
  metadata: { filename: `${mode}.jpg`, filetype: "image/jpeg", tags: "from tus-js-client" },
  retryDelays: [0, 100, 1000],
  ...{
    plain: {},
    chunked: { chunkSize: 5 * MB },
    parallel: { parallelUploads: 3 },
    "with-creation": { uploadDataDuringCreation: true, chunkSize: 5 * MB },
    deferred: { uploadLengthDeferred: true, chunkSize: 5 * MB },
    resumed: { chunkSize: MB },
    "parallel-resumed": { parallelUploads: 3, chunkSize: MB, urlStorage: new tus.FileUrlStorage(`${file}.urls`) },
  }[mode],
};

/** The photo's id, as the last answer that has one says it. */
let photoId = null;

function send(more) {
  return new Promise((resolve, reject) => {
    // A stream that is a file would tell its size; one that is not has it deferred.
    const content = createReadStream(file);
    const upload = new tus.Upload(mode === "deferred" ? content.pipe(new PassThrough()) : content, {
      ...options,
      ...more,
      onAfterResponse: (_request, response) => {
        photoId = response.getHeader("Mediascream-Photo-Id") ?? photoId;
      },
      onSuccess: () => resolve(upload.url),
      onError: reject,
      onProgress: (sent) => {
        if (more.stopAt && sent >= more.stopAt) upload.abort().then(() => resolve(upload.url));
      },
    });
    if (!more.previous) upload.start();
    else {
      upload.findPreviousUploads().then(([previous]) => {
        upload.resumeFromPreviousUpload(previous);
        upload.start();
      }, reject);
    }
  });
}

if (mode === "parallel-resumed") {
  await send({ stopAt: 5 * MB });
  if (photoId) throw new Error("it was not stopped in time");
  await send({ previous: true });
} else if (mode === "resumed") {
  const uploadUrl = await send({ stopAt: 3 * MB });
  if (photoId) throw new Error("it was not stopped in time");
  await send({ uploadUrl });
} else {
  await send({});
}
console.log(photoId);
