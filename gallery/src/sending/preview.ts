/** A small picture of a local file, painted on a canvas: nothing is sent and no address is made for it. */
export function localPreview(file: File) {
  return (canvas: HTMLCanvasElement) => {
    if (!file.type.startsWith("image/")) return;
    createImageBitmap(file, { resizeHeight: canvas.height, resizeQuality: "medium" }).then(
      (bitmap) => {
        canvas.width = Math.min(bitmap.width, canvas.height * 1.4);
        canvas.getContext("2d")?.drawImage(bitmap, (canvas.width - bitmap.width) / 2, 0);
        bitmap.close();
      },
      // HEIC and RAW: this browser cannot show it, the server can.
      () => undefined,
    );
  };
}
