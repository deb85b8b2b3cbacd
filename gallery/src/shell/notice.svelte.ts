/** One short sentence at the foot of the page, with at most one thing to do about it. */

export interface NoticeAct {
  label: string;
  run: () => void;
}

const SHOWN_MS = 6000;

class Notice {
  text = $state("");
  act = $state.raw<NoticeAct | null>(null);
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string, act: NoticeAct | null = null): void {
    this.text = text;
    this.act = act;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), SHOWN_MS);
  }

  hide(): void {
    this.text = "";
    this.act = null;
  }
}

export const notice = new Notice();
