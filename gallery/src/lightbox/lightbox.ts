/**
 * The large view: PhotoSwipe with our photos, videos and an information panel beside them.
 * Loaded only once a photo is opened.
 */
import PhotoSwipe from "photoswipe";
import "photoswipe/style.css";
import "./lightbox.css";
import { mount, unmount } from "svelte";
import { originalOf, previewOf } from "../client";
import { countOf, indexOf, tileAt, type Month, type Tile } from "../timeline/months";
import type { Library } from "../timeline/library.svelte";
import InfoPanel from "./InfoPanel.svelte";
import { slideOf, slideToCome, type PhotoSlide } from "./slides";
import { look } from "./look.svelte";

const PANEL_WIDTH = 380;
/** The part of a phone's height that is left to the photo above the panel. */
const PHOTO_SHARE = 0.42;
const NARROW = 720;
const CLOSER_THAN_PREVIEW = 1.2;

export interface LightboxOptions {
  library: Library;
  /** The photo to open; where the library does not show it, it is shown alone. */
  tile: Tile;
  onchange: (id: string) => void;
  /** Told which photo was shown last. */
  onclosed: (id: string | null) => void;
  ontrash: (id: string) => void;
}

/** What PhotoSwipe keeps by index, beyond its types: all of it moves when photos come or go before the one shown. */
interface Indexed {
  potentialIndex: number;
  contentLoader: { _cachedItems: { index: number; destroy: () => void }[] };
}

export class Lightbox {
  readonly #pswp: PhotoSwipe;
  readonly #panel: Record<string, unknown>;
  readonly #library: Library;
  readonly #alone: Tile | null;
  #months: readonly Month[];

  constructor(options: LightboxOptions) {
    this.#library = options.library;
    this.#months = options.library.months;
    const index = indexOf(this.#months, options.tile.id);
    this.#alone = index < 0 ? options.tile : null;
    this.#pswp = new PhotoSwipe({
      index: Math.max(0, index),
      bgOpacity: 1,
      loop: false,
      counter: false,
      returnFocus: false,
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
    this.#takeFocus();
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
    const index = indexOf(this.#months, id);
    if (index >= 0) this.#pswp.goTo(index);
  }

  /** The library changed: photos came, went, or are known now. The one that is shown stays. */
  update(): void {
    if (this.#alone || this.#months === this.#library.months) return;
    const { id } = this;
    this.#months = this.#library.months;
    const index = id ? indexOf(this.#months, id) : this.#pswp.currIndex;
    if (index >= 0) this.#moveIndexes(index - this.#pswp.currIndex);
    else if (this.#pswp.getNumItems() === 0) return this.close();
    for (let near = this.#pswp.currIndex - 1; near <= this.#pswp.currIndex + 1; near += 1)
      this.#refreshIfOther(near);
    if (this.id !== id) this.#pswp.dispatch("change");
  }

  toggleInfo(open = !look.info): void {
    look.info = open;
    this.#pswp.element?.classList.toggle("with-info", open);
    this.#pswp.updateSize(true);
  }

  /** At once, not once it has opened: by then a person may be typing a tag. */
  #takeFocus(): void {
    const { element } = this.#pswp;
    (this.#pswp.keyboard as unknown as { _wasFocused: boolean })._wasFocused = true;
    element?.setAttribute("aria-busy", String(!this.#pswp.opener.isOpen));
    element?.focus({ preventScroll: true });
    this.#pswp.on("openingAnimationEnd", () => element?.setAttribute("aria-busy", "false"));
  }

  #slideAt(index: number): PhotoSlide {
    const found = this.#alone ? { tile: this.#alone, month: "" } : tileAt(this.#months, index);
    if (found?.tile) return slideOf(found.tile, this.#library.known(found.tile.id));
    if (found) void this.#library.need(found.month);
    return slideToCome;
  }

  #moveIndexes(by: number): void {
    if (by === 0) return;
    const pswp = this.#pswp;
    const inside = pswp as unknown as Indexed;
    pswp.currIndex += by;
    inside.potentialIndex += by;
    for (const { slide } of pswp.mainScroll.itemHolders) if (slide) slide.index += by;
    for (const content of inside.contentLoader._cachedItems) content.index += by;
  }

  /** Load a slide anew where it now holds another photo, or failed before. */
  #refreshIfOther(index: number): void {
    const holder = this.#pswp.mainScroll.itemHolders.find(({ slide }) => slide?.index === index);
    const shown = holder?.slide;
    const wanted = index >= 0 && index < this.#pswp.getNumItems() ? this.#slideAt(index) : null;
    const same =
      shown &&
      wanted &&
      (shown.data as PhotoSlide).id === wanted.id &&
      shown.content.state !== "error";
    if (!same) this.#pswp.refreshSlideContent(index);
  }

  #listen({ library, onchange, onclosed }: LightboxOptions): void {
    const pswp = this.#pswp;
    pswp.addFilter("numItems", () => (this.#alone ? 1 : countOf(this.#months)));
    pswp.addFilter("itemData", (_, index) => this.#slideAt(index));
    pswp.addFilter(
      "thumbEl",
      (_, data) => thumbnailElement((data as PhotoSlide).id) as HTMLElement,
    );
    pswp.addFilter("contentErrorElement", (_, content) =>
      noPreview((content.data as PhotoSlide).id!),
    );
    pswp.on("change", () => {
      const { id } = this;
      look.id = id;
      pswp.element?.setAttribute("aria-label", (pswp.currSlide?.data.alt as string) || "Photo");
      pswp.element?.setAttribute("aria-modal", "true");
      if (!id) return;
      onchange(id);
      void library.photo(id);
      if (pswp.currIndex + 3 > pswp.getNumItems()) void library.more();
    });
    pswp.on("contentLoad", (event) => {
      const data = event.content.data as PhotoSlide;
      if (data.type === "image") return;
      event.preventDefault();
      event.content.element = data.type === "video" ? videoOf(data) : document.createElement("div");
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
    pswp.on("keydown", (event) => this.#filterKeys(event));
    document.addEventListener("keydown", this.#onKey);
    pswp.on("destroy", () => {
      document.removeEventListener("keydown", this.#onKey);
      void unmount(this.#panel);
      const last = look.id;
      look.id = null;
      onclosed(last);
    });
  }

  /** PhotoSwipe's own keys, which are not for someone who types or winds a video. */
  #filterKeys(event: { originalEvent: KeyboardEvent; preventDefault: () => void }): void {
    const { key, target } = event.originalEvent;
    const winding =
      target instanceof HTMLVideoElement && (key === "ArrowLeft" || key === "ArrowRight");
    if (isTyping(target) || winding) event.preventDefault();
  }

  /** PhotoSwipe hears keys only once it has opened; this is heard from the first moment. */
  #onKey = (event: KeyboardEvent): void => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (key.toLowerCase() === "i" && !ctrlKey && !metaKey && !altKey && !isTyping(target))
      this.toggleInfo();
  };

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
            if (!this.id) return;
            element.setAttribute("href", originalOf(this.id));
            element.setAttribute("download", library.known(this.id)?.file_name ?? "");
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

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;

const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

function viewport(): { x: number; y: number } {
  const [x, y] = [document.documentElement.clientWidth, window.innerHeight];
  if (!look.info) return { x, y };
  return x < NARROW ? { x, y: Math.round(y * PHOTO_SHARE) } : { x: x - PANEL_WIDTH, y };
}

const icon = (path: string) =>
  `<svg class="line-icon" width="32" height="32" viewBox="-4 -4 32 32" aria-hidden="true"><path d="${path}"/></svg>`;

const thumbnailElement = (id: string | null) =>
  document.querySelector<HTMLElement>(`main [data-id="${id}"]`);

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
    poster: previewOf(id!),
    src: originalOf(id!),
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
