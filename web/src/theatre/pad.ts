// A pad for fingers or a mouse: up pushes the needle, down pulls it, across turns its bevel. The wheel over a picture pushes
// and pulls, too. Movements are summed while an answer is awaited, so that the needle never lags behind the hand.

import { h } from "../ui/dom";
import { t } from "../ui/words";
import type { Action, Answer } from "./wire";

const PX_PER_MM = 6;
const PX_PER_15_DEG = 24;

export class Pad {
  readonly element = h("div", { class: "pad", role: "group", "aria-label": t("pad"), "data-pad": "" }, h("span", {}, t("pad_words")));
  private mm = 0;
  private deg = 0;
  private busy = false;
  private last: [number, number] | null = null;

  constructor(
    private readonly act: (action: Action) => Promise<Answer>,
    private readonly depth: () => number,
  ) {
    this.element.addEventListener("pointerdown", (event) => {
      this.last = [event.clientX, event.clientY];
      this.element.setPointerCapture(event.pointerId);
      this.element.classList.add("held");
    });
    this.element.addEventListener("pointermove", (event) => {
      if (!this.last) return;
      const [x, y] = this.last;
      this.last = [event.clientX, event.clientY];
      this.mm += (y - event.clientY) / PX_PER_MM;
      this.deg += ((event.clientX - x) / PX_PER_15_DEG) * 15;
      void this.run();
    });
    for (const end of ["pointerup", "pointercancel"]) {
      this.element.addEventListener(end, () => {
        this.last = null;
        this.element.classList.remove("held");
      });
    }
  }

  /** A notch of a wheel: away from the hand pushes. */
  wheel(event: WheelEvent): void {
    event.preventDefault();
    this.mm += event.deltaY < 0 ? 1 : -1;
    void this.run();
  }

  private async run(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (Math.abs(this.mm) >= 1 || Math.abs(this.deg) >= 15) {
      const [mm, deg] = [Math.trunc(this.mm), Math.trunc(this.deg / 15) * 15];
      this.mm -= mm;
      this.deg -= deg;
      const back = Math.min(-mm, this.depth());
      const actions: Action[] = [];
      if (deg !== 0) actions.push({ do: "rotate", deg });
      if (mm > 0) actions.push({ do: "advance", mm: Math.min(mm, 10) });
      else if (back > 0) actions.push({ do: "withdraw", mm: back });
      for (const action of actions) {
        const answer = await this.act(action);
        if (answer.type !== "done") this.mm = this.deg = 0;
      }
      if (actions.length === 0) break;
    }
    this.busy = false;
  }
}
