// Where arm and needle will be once everything that is under way is done. Keys say "5° more", and the next may be pressed while
// an answer is awaited: it goes on from there, not from what the screen shows still.

import { unit, type V } from "./direction";
import type { Action, Answer, View } from "./wire";

export class Wanted {
  private view: View | null = null;
  private waiting = 0;
  primary = 180;
  secondary = 0;
  field: number | null = null;
  /** Where the needle points; nothing where none is in. */
  direction: V | null = null;
  depth = 0;

  /** Nothing is under way. */
  get idle(): boolean {
    return this.waiting === 0;
  }

  see(view: View): void {
    this.view = view;
    if (this.idle) this.take();
  }

  private take(): void {
    if (!this.view) return;
    const { c_arm, needle } = this.view;
    [this.primary, this.secondary, this.field] = [c_arm.primary_deg, c_arm.secondary_deg, c_arm.field_mm ?? null];
    this.direction = needle ? unit(needle.direction) : null;
    this.depth = needle?.depth_mm ?? 0;
  }

  sent(action: Action): void {
    this.waiting += 1;
    switch (action.do) {
      case "move_c_arm":
        [this.primary, this.secondary] = [action.primary_deg, action.secondary_deg];
        break;
      case "magnify":
        this.field = action.field_mm ?? null;
        break;
      case "insert_needle":
        this.direction = unit(action.direction);
        this.depth = 0;
        break;
      case "redirect":
        this.direction = unit(action.direction);
        break;
      case "advance":
        this.depth += action.mm;
        break;
      case "withdraw":
        this.depth = Math.max(0, this.depth - action.mm);
        break;
      case "remove_needle":
        this.direction = null;
        this.depth = 0;
        break;
      default:
    }
  }

  answered(answer: Answer): void {
    this.waiting -= 1;
    if (!this.idle) return;
    if (answer.type !== "done") this.take();
    else for (const event of answer.events) if (event.event === "needle_moved") this.depth = event.depth_mm;
  }
}
