// The guided first block: a mark beside what comes next, which a trainee may follow or put away.

import { button, fill, h } from "../ui/dom";
import { t } from "../ui/words";
import type { Action, Answer } from "./wire";

export interface Mark {
  at: string;
  words: string;
  until: (action: Action, answer: Answer) => boolean;
}

const KEY = "rami-coached";

export class Coach {
  readonly element = h("aside", { class: "coach", hidden: true, "aria-label": t("coach") });
  private marks: Mark[] = [];
  private index = 0;

  /** Offers itself the first time only. */
  offer(marks: Mark[]): void {
    if (localStorage.getItem(KEY)) return;
    this.start(marks);
  }

  start(marks: Mark[]): void {
    this.marks = marks;
    this.index = 0;
    this.show();
  }

  private show(): void {
    document.querySelectorAll(".coached").forEach((element) => element.classList.remove("coached"));
    const mark = this.marks[this.index];
    this.element.hidden = !mark;
    if (!mark) return;
    document.querySelector(`[data-coach="${mark.at}"]`)?.classList.add("coached");
    fill(
      this.element,
      h("p", { role: "status" }, `${this.index + 1}/${this.marks.length} · ${mark.words}`),
      h("p", { class: "actions" }, button(t("next"), () => this.move(1)), button(t("skip_all"), () => this.end())),
    );
  }

  private move(by: number): void {
    this.index += by;
    if (this.index >= this.marks.length) this.end();
    else this.show();
  }

  private end(): void {
    localStorage.setItem(KEY, "yes");
    this.marks = [];
    this.show();
  }

  did(action: Action, answer: Answer): void {
    if (this.marks[this.index]?.until(action, answer)) this.move(1);
  }

  close(): void {
    this.marks = [];
    this.show();
  }
}
