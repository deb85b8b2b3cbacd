/**
 * The large view: PhotoSwipe with our photos, videos and an information panel beside them.
 * Loaded only once a photo is opened.
 */
import PhotoSwipe from "photoswipe";
import "photoswipe/style.css";
import "./lightbox.css";
import { mount, unmount } from "svelte";
import { originalOf, previewOf } from "../client";
import type { Tile } from "../timeline/months";
import type { Library } from "../timeline/library.svelte";
import InfoPanel from "./InfoPanel.svelte";
import { slideOf, type PhotoSlide } from "./slides";
import { look } from "./look.svelte";

const PANEL_WIDTH = 380;
/** The part of a phone's height that is left to the photo above the panel. */
const PHOTO_SHARE = 0.42;
const NARROW = 720;
const CLOSER_THAN_PREVIEW = 1.2;

export interface LightboxOptions {
  library: Library;
  tiles: readonly Tile[];
  index: number;
  onchange: (id: string) => void;
  onclosed: () => void;
  ontrash: (id: string) => void;
}

export class Lightbox {
  readonly #pswp: PhotoSwipe;
  readonly #panel: Record<string, unknown>;
  readonly #library: Library;

  constructor(options: LightboxOptions) {
    this.#library = options.library;
    const slides = options.tiles.map((tile) => slideOf(tile, options.library.known(tile.id)));
    this.#pswp = new PhotoSwipe({
      dataSource: slides,
      index: options.index,
      bgOpacity: 1,
      loop: false,
      wheelToZoom: true,
      preload: [1, 2],
      showHideAnimationType: reducedMotion() ? "none" : "zoom",
      zoomAnimationDuration: reducedMotion() ? 0 : 260,
      getViewportSizeFn: viewport,
      errorMsg: "",
      arrowPrevTitle: "Previous (←)",
      arrowNextTitle: "Next (→)",
      closeTitle: "Close (Esc)",
      zoomTitle: "Zoom (Z)",
    });
    this.#listen(options);
    this.#addButtons(options);
    this.#pswp.init();
    this.#panel = mount(InfoPanel, {
      target: this.#pswp.element!,
      props: {
        library: options.library,
        onclose: () => this.toggleInfo(false),
        ontrash: options.ontrash,
      },
    });
    this.toggleInfo(look.info);
  }

  get id(): string | null {
    return (this.#pswp.currSlide?.data as PhotoSlide | undefined)?.id ?? null;
  }

  close(): void {
    this.#pswp.close();
  }

  /** Show another of the same photos, as when a person goes through the history. */
  goTo(id: string): void {
    const index = this.#slides().findIndex((slide) => slide.id === id);
    if (index >= 0) this.#pswp.goTo(index);
  }

  /** A photo was told of anew: what could not be shown before may be there now. */
  refresh(tile: Tile): void {
    const index = this.#slides().findIndex((slide) => slide.id === tile.id);
    if (index < 0) return;
    this.#slides()[index] = slideOf(tile, this.#library.known(tile.id));
    const shown = this.#pswp.currIndex === index ? this.#pswp.currSlide : undefined;
    if (shown?.content.state === "error") this.#pswp.refreshSlideContent(index);
  }

  /** Take a photo out; the next one takes its place, and the view closes after the last. */
  remove(id: string): void {
    const slides = this.#slides();
    const index = slides.findIndex((slide) => slide.id === id);
    if (index < 0) return;
    slides.splice(index, 1);
    if (slides.length === 0) return this.close();
    const next = Math.min(index, slides.length - 1);
    if (next !== this.#pswp.currIndex) this.#pswp.goTo(next);
    for (let near = Math.max(0, next - 1); near <= next + 1; near += 1)
      this.#pswp.refreshSlideContent(near);
    this.#pswp.dispatch("change");
  }

  toggleInfo(open = !look.info): void {
    look.info = open;
    this.#pswp.element?.classList.toggle("with-info", open);
    this.#pswp.updateSize(true);
  }

  #slides(): PhotoSlide[] {
    return this.#pswp.options.dataSource as PhotoSlide[];
  }

  #listen({ library, onchange, onclosed }: LightboxOptions): void {
    const pswp = this.#pswp;
    pswp.addFilter(
      "thumbEl",
      (_, data) =>
        document.querySelector<HTMLElement>(
          `[data-id="${(data as PhotoSlide).id}"]`,
        ) as HTMLElement,
    );
    pswp.addFilter("contentErrorElement", (_, content) =>
      noPreview((content.data as PhotoSlide).id),
    );
    pswp.on("change", () => {
      const id = this.id;
      if (!id) return;
      look.id = id;
      onchange(id);
      void library.photo(id);
    });
    pswp.on("contentLoad", (event) => {
      const data = event.content.data as PhotoSlide;
      if (data.type !== "video") return;
      event.preventDefault();
      event.content.element = videoOf(data);
      event.content.state = "loaded";
    });
    pswp.on("contentDeactivate", ({ content }) => content.element?.querySelector("video")?.pause());
    pswp.on("imageSizeChange", ({ slide, width }) =>
      sharpen(slide.data as PhotoSlide, slide.content.element, width * devicePixelRatio),
    );
    pswp.on("pointerDown", (event) => {
      // A finger on the player's own controls is not a swipe.
      if ((event.originalEvent.target as Element).closest("video")) event.preventDefault();
    });
    pswp.on("keydown", (event) => this.#key(event));
    pswp.on("destroy", () => {
      void unmount(this.#panel);
      look.id = null;
      onclosed();
    });
  }

  #key(event: { originalEvent: KeyboardEvent; preventDefault: () => void }): void {
    const { key, target, ctrlKey, metaKey } = event.originalEvent;
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
      event.preventDefault();
      return;
    }
    if (target instanceof HTMLVideoElement && (key === "ArrowLeft" || key === "ArrowRight"))
      event.preventDefault();
    if (key === "i" && !ctrlKey && !metaKey) this.toggleInfo();
  }

  #addButtons({ library }: LightboxOptions): void {
    const pswp = this.#pswp;
    pswp.on("uiRegister", () => {
      pswp.ui!.registerElement({
        name: "download",
        title: "Download the original",
        ariaLabel: "Download the original",
        order: 8,
        isButton: true,
        tagName: "a",
        html: icon(
          "M12 4v12M7 11l5 5 5-5M4 16v2.5A1.5 1.5 0 0 0 5.5 20h13a1.5 1.5 0 0 0 1.5-1.5V16",
        ),
        onInit: (element) => {
          pswp.on("change", () => {
            element.setAttribute("href", originalOf(this.id!));
            element.setAttribute("download", library.known(this.id!)?.file_name ?? "");
          });
        },
      });
      pswp.ui!.registerElement({
        name: "info",
        title: "Information and receipts (I)",
        ariaLabel: "Information and receipts",
        order: 9,
        isButton: true,
        html: icon("M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8v.01"),
        onClick: () => this.toggleInfo(),
      });
    });
  }
}

const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function viewport(): { x: number; y: number } {
  const [x, y] = [document.documentElement.clientWidth, window.innerHeight];
  if (!look.info) return { x, y };
  return x < NARROW ? { x, y: Math.round(y * PHOTO_SHARE) } : { x: x - PANEL_WIDTH, y };
}

const icon = (path: string) =>
  `<svg class="line-icon" width="32" height="32" viewBox="-4 -4 32 32" aria-hidden="true"><path d="${path}"/></svg>`;

function noPreview(id: string): HTMLElement {
  const element = document.createElement("div");
  element.className = "no-preview";
  element.append("There is no preview of this photo. Its original is kept. ");
  const link = document.createElement("a");
  link.href = originalOf(id);
  link.download = "";
  link.textContent = "Download it";
  element.append(link);
  return element;
}

function videoOf({ id, alt }: PhotoSlide): HTMLDivElement {
  const frame = document.createElement("div");
  frame.className = "video-frame";
  const video = document.createElement("video");
  Object.assign(video, {
    controls: true,
    playsInline: true,
    preload: "metadata",
    poster: previewOf(id),
    src: originalOf(id),
  });
  video.setAttribute("aria-label", alt ?? "");
  frame.append(video);
  return frame;
}

/** Looked at closer than the preview goes: the original takes its place once it is here. */
function sharpen(data: PhotoSlide, element: HTMLElement | undefined, pixels: number): void {
  if (!data.original || !(element instanceof HTMLImageElement)) return;
  if (pixels < data.width! * CLOSER_THAN_PREVIEW || element.dataset.sharp) return;
  element.dataset.sharp = "yes";
  const original = new Image();
  original.src = data.original;
  original.decode().then(
    () => (element.src = original.src),
    () => undefined,
  );
}
