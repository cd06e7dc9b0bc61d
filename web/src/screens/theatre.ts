// Screen 4: the block, live.

import { type Schemas, get } from "../api/client";
import { announce, button, field, fill, h, percent, select } from "../ui/dom";
import { engine, failure } from "../ui/engine";
import { plain, t } from "../ui/words";
import { Anatomy } from "../theatre/anatomy";
import { inWords } from "../theatre/events";
import { Coach } from "../theatre/coach";
import { lobby } from "../theatre/lobby";
import { Monitor } from "../theatre/monitor";
import { Pad } from "../theatre/pad";
import { leaned, unit, type V } from "../theatre/direction";
import { roomsOwn } from "../theatre/keys";
import { COMPLICATIONS, type Complication, FIELDS, KEYS, NEEDLES, PATTERNS, type Pattern, remedies } from "../theatre/offers";
import { RoomView } from "../theatre/room3d";
import { guide, showSteps } from "../theatre/steps";
import { Screen } from "../theatre/screen";
import { Wanted } from "../theatre/wanted";
import { ANATOMY_SHOWN, type Action, type Answer, type Picture, type View, Wire } from "../theatre/wire";

export function theatreScreen(root: HTMLElement, argument: string): () => void {
  let room: TheatreRoom | null = null;
  let gone = false;
  const start = async (): Promise<void> => {
    if (argument) {
      room = new TheatreRoom(root, argument);
      return;
    }
    const sessions = await get<Schemas["RoomSummary"][]>("/api/sessions");
    if (gone) return;
    fill(root, lobby(sessions));
  };
  fill(root, h("h1", {}, t("theatre")), h("p", { class: "lead", role: "status" }, t("loading")));
  void start().catch((error: unknown) => fill(root, h("h1", {}, t("theatre")), h("p", { class: "refusal" }, failure(error))));
  return () => {
    gone = true;
    room?.close();
  };
}

class TheatreRoom {
  private readonly main = new Screen(t("live"));
  private readonly second = new Screen(t("second"));
  private readonly monitor = new Monitor();
  private readonly room = new RoomView(t("room3d"));
  private readonly wire: Wire;
  private readonly coach: Coach;
  private readonly anatomy: Anatomy;
  private readonly pad: Pad;
  private readonly anatomyButton: HTMLButtonElement;
  private view: View | null = null;
  private readonly wanted = new Wanted();
  private pulses = 15;
  private step = 2;
  private held = false;
  private sound = true;
  private audio: AudioContext | null = null;
  private readonly entries = h("ul", {});
  private readonly log = h("div", { class: "log", tabIndex: 0, role: "log", "aria-label": t("log") }, this.entries);
  private readonly status = h("p", { class: "connection", role: "status" });
  private readonly ledger = h("dl", { class: "ledger" });
  private readonly steps = h("ul", { class: "steps" });
  private readonly needleState = h("p", { class: "needle-state" });
  private readonly force = h("meter", { min: 0, max: 12, high: 6, low: 0.001, optimum: 2, value: 0, "aria-label": t("force") });
  private readonly syringes = h("ul", { class: "syringes" });
  private readonly primary = h("input", { type: "range", min: "-180", max: "180", step: "1", "aria-label": t("primary") });
  private readonly primaryNumber = h("input", { type: "number", min: "-180", max: "180", step: "1", "aria-label": t("primary") });
  private readonly secondary = h("input", { type: "range", min: "-45", max: "45", step: "1", "aria-label": t("secondary") });
  private readonly secondaryNumber = h("input", { type: "number", min: "-45", max: "45", step: "1", "aria-label": t("secondary") });
  private readonly pedalButton: HTMLButtonElement;
  private readonly field = h("select", { "aria-label": t("magnification") });
  private readonly labels = h("select", { "aria-label": t("syringe") });
  private readonly volume = h("input", { type: "number", min: "0.1", max: "20", step: "0.1", value: "1", "aria-label": t("volume") });
  private watch = "live";
  private readonly keys: (event: KeyboardEvent) => void;
  private readonly keysUp: (event: KeyboardEvent) => void;
  private readonly release: () => void;

  constructor(
    root: HTMLElement,
    private readonly id: string,
  ) {
    this.pedalButton = h("button", { type: "button", class: "pedal", "aria-pressed": "false" }, t("pedal"));
    this.pedalButton.addEventListener("pointerdown", () => this.pedal(true));
    for (const end of ["pointerup", "pointerleave", "pointercancel"]) this.pedalButton.addEventListener(end, () => this.pedal(false));
    this.coach = new Coach();
    this.anatomy = new Anatomy(id, () => this.main.paint());
    this.main.over = (context, picture) => this.anatomy.draw(context, picture.primary, picture.secondary);
    this.anatomyButton = button(t("show_anatomy"), () => void this.ask(), { "aria-pressed": "false" });
    this.pad = new Pad((action) => this.act(action), () => this.wanted.depth);
    this.main.canvas.addEventListener("wheel", (event) => this.pad.wheel(event), { passive: false });
    fill(root, this.layout());
    this.wire = new Wire(id, {
      view: (view) => this.see(view),
      picture: (picture) => this.expose(picture),
      answer: (action, answer) => this.told(action, answer),
      state: (open) => {
        // The server lifts the foot of somebody who is gone.
        if (!open) this.pedal(false);
        fill(this.status, open ? "" : t("reconnecting"));
      },
    });
    this.keys = (event) => this.key(event);
    this.keysUp = (event) => {
      if (event.code === "Space") this.pedal(false);
    };
    this.release = () => this.pedal(false);
    window.addEventListener("keydown", this.keys);
    window.addEventListener("keyup", this.keysUp);
    window.addEventListener("blur", this.release);
  }

  private async act(action: Action): Promise<Answer> {
    this.wanted.sent(action);
    this.follow();
    const answer = await this.wire.act(action);
    this.wanted.answered(answer);
    this.follow();
    return answer;
  }

  /** So much back, and no more than is in; what is not in is for the engine to refuse. */
  private drawn(mm: number): number {
    return this.wanted.depth > 0 ? Math.min(mm, this.wanted.depth) : mm;
  }

  private get aim(): View["aim"] {
    return this.view?.aim ?? null;
  }

  close(): void {
    this.pedal(false);
    this.wire.close();
    this.monitor.stop();
    this.coach.close();
    window.removeEventListener("keydown", this.keys);
    window.removeEventListener("keyup", this.keysUp);
    window.removeEventListener("blur", this.release);
  }

  private layout(): HTMLElement {
    const go = (words: string, action: () => Action | null, props: { [key: string]: unknown } = {}): HTMLButtonElement =>
      button(words, () => {
        const what = action();
        if (what) void this.act(what);
      }, props);
    const view = (words: string, angles: () => [number, number] | null): HTMLButtonElement =>
      button(words, () => {
        const to = angles();
        if (to) this.turn(to[0], to[1]);
      });
    const side = (): number => (this.view?.side === "right" ? -1 : 1);
    const link = (range: HTMLInputElement, number: HTMLInputElement): void => {
      range.oninput = () => (number.value = range.value);
      number.oninput = () => (number.dataset["typed"] = "yes");
      number.onblur = () => delete number.dataset["typed"];
      range.onchange = number.onchange = (event: Event) => {
        const value = (event.target as HTMLInputElement).value;
        delete number.dataset["typed"];
        // An emptied field is no angle of nought.
        if (value === "" || !Number.isFinite(Number(value))) {
          number.value = range.value;
          return;
        }
        range.value = number.value = value;
        this.turn(Number(this.primaryNumber.value), Number(this.secondaryNumber.value));
      };
    };
    link(this.primary, this.primaryNumber);
    link(this.secondary, this.secondaryNumber);
    const opening = h("input", { type: "range", min: "60", max: "300", step: "10", value: "300", "aria-label": t("collimation"), onchange: () => void this.act({ do: "collimate", opening_mm: Number(opening.value) >= 300 ? null : [Number(opening.value), Number(opening.value)] }) });
    const window_ = h("input", { type: "range", min: "64", max: "384", step: "8", value: "256", "aria-label": t("window"), oninput: () => this.display(Number(window_.value), this.main.level) });
    const level = h("input", { type: "range", min: "32", max: "224", step: "4", value: "128", "aria-label": t("brightness"), oninput: () => this.display(this.main.window, 256 - Number(level.value)) });
    const needle = select(NEEDLES.map((name): [string, string] => [name, name]), "22G-150-chiba", () => undefined);
    needle.setAttribute("aria-label", t("needle"));
    const nudge = [0, 0];
    const lean = [0, 0];
    const offset = (label: string, at: number[], index: number, unit: string): HTMLElement => {
      const input = h("input", { type: "number", step: "1", value: "0", onchange: () => (at[index] = input.valueAsNumber || 0) });
      return field(label, input, unit);
    };
    const insert = (): Action | null => {
      if (!this.aim) {
        announce(t("no_aim"), "warn");
        return null;
      }
      const { entry_mm: e, target_mm: g } = this.aim;
      const direction = leaned(unit([g[0] - e[0], g[1] - e[1], g[2] - e[2]]), lean[0]! * side(), lean[1]!);
      const entry: V = [e[0] + nudge[0]! * side(), e[1], e[2] + nudge[1]!];
      return { do: "insert_needle", needle: needle.value, entry_mm: entry, direction, bevel_deg: 0 };
    };
    const redirect = (across: number, up: number): Action | null => this.pointed(across, up);
    const hold = (words: string, action: () => Action, key: string): HTMLButtonElement => {
      const element = button(words, () => undefined, { "aria-keyshortcuts": key });
      let timer = 0;
      const again = async (): Promise<void> => {
        const answer = await this.act(action());
        if (answer.type === "done" && timer) timer = window.setTimeout(() => void again(), 60);
      };
      element.addEventListener("pointerdown", () => {
        timer = 1;
        void again();
      });
      for (const end of ["pointerup", "pointerleave", "pointercancel"]) {
        element.addEventListener(end, () => {
          window.clearTimeout(timer);
          timer = 0;
        });
      }
      element.addEventListener("keydown", (event) => {
        if (event.key === "Enter") void this.act(action());
      });
      return element;
    };
    const step = select([["0.5", "0.5 mm"], ["1", "1 mm"], ["2", "2 mm"], ["5", "5 mm"], ["10", "10 mm"]], "2", (v) => (this.step = Number(v)));
    step.setAttribute("aria-label", t("step"));
    const milliamp = h("input", { type: "number", min: "0.1", max: "10", step: "0.1", value: "1", "aria-label": t("current") });
    const drawn = h("input", { type: "text", value: "bupivacaine 0.25% 10ml", "aria-label": t("content") });
    const drawnLabel = h("input", { type: "text", value: "drug 2", "aria-label": t("syringe_label") });
    const pattern = select([["", t("call_pattern")], ...PATTERNS.map((p): [string, string] => [p, plain(p)])], "", (v) => v && void this.act({ do: "call_pattern", pattern: v as Pattern }));
    pattern.setAttribute("aria-label", t("call_pattern"));
    const recognise = select([["", t("recognise")], ...COMPLICATIONS.map((p): [string, string] => [p, plain(p)])], "", (v) => v && void this.act({ do: "recognise", complication: v as Complication }));
    recognise.setAttribute("aria-label", t("recognise"));
    const choices: [string, string][] = [["", t("treat")], ...remedies(this.view?.weight_kg ?? 70).map(({ name, words }): [string, string] => [name, words])];
    const treat = select(choices, "", (v) => {
      const remedy = remedies(this.view?.weight_kg ?? 70).find(({ name }) => name === v);
      if (remedy) void this.act({ do: "treat", with: remedy.give });
      treat.value = "";
    });
    treat.setAttribute("aria-label", t("treat"));
    const field_ = this.field;
    fill(field_, FIELDS.map((mm) => h("option", { value: String(mm ?? "") }, mm === null ? t("field_whole") : `${mm / 10} cm`)));
    field_.onchange = () => void this.act({ do: "magnify", field_mm: field_.value === "" ? null : Number(field_.value) });
    const watch = select([["live", t("live")], ["subtracted", "DSA"], ["spot", t("spot")], ["blind", t("blind")]], "live", (v) => (this.watch = v));
    watch.setAttribute("aria-label", t("watch"));
    const rate = select([["4", "4/s"], ["8", "8/s"], ["15", "15/s"]], "15", (v) => (this.pulses = Number(v)));
    rate.setAttribute("aria-label", t("pulse_rate"));
    const mute = button(t("sound"), () => {
      this.sound = !this.sound;
      mute.setAttribute("aria-pressed", String(this.sound));
    }, { "aria-pressed": "true" });
    return h(
      "div",
      { class: "theatre" },
      h("div", { class: "bar" },
        h("h1", {}, t("theatre"), this.status),
        this.coach.element,
        h("p", { class: "actions" }, button(t("coach"), () => this.coach.start(guide()), { id: "coach-start" }), button("?", () => this.help(), { "aria-label": t("keys") }), h("a", { href: `#/debrief/${this.id}`, class: "button", onclick: (event: Event) => void this.leaveFor(event) }, t("debrief"))),
      ),
      h("div", { class: "eye", "data-coach": "screens" }, this.main.element,
        h("div", { class: "card arm", "data-coach": "arm" },
          h("p", { class: "actions" }, this.pedalButton, go(t("spot"), () => ({ do: "shot" }), { "aria-keyshortcuts": "S" }), rate, button(t("keep"), () => this.keep(), { "aria-keyshortcuts": "K" }), this.field, this.anatomyButton),
          h("p", { class: "actions" }, view("AP", () => [180, 0]), view(t("tunnel"), () => (this.aim ? [this.aim.primary_deg, this.aim.secondary_deg] : null)), view(t("oblique"), () => [side() * 150, 0]), view(t("lateral"), () => [side() * 90, 0]), button(t("centre"), () => this.aim && void this.act({ do: "centre", at_mm: this.aim.target_mm }))),
          h("div", { class: "sliders" }, h("label", {}, t("primary"), this.primary), this.primaryNumber, h("label", {}, t("secondary"), this.secondary), this.secondaryNumber),
          h("div", { class: "sliders three" }, h("label", {}, t("collimation"), opening), h("label", {}, t("window"), window_), h("label", {}, t("brightness"), level)),
        ),
      ),
      h("div", { class: "beside" }, this.second.element, this.room.canvas, this.monitor.element),
      h("div", { class: "hands" },
        h("section", { class: "card", "data-coach": "steps" }, h("h2", {}, t("steps")), this.steps),
        h("section", { class: "card", "data-coach": "needle" },
          h("h2", {}, t("needle")),
          h("details", { class: "otherwise" }, h("summary", {}, t("otherwise")), h("div", { class: "fields tight" }, offset(t("lateral_off"), nudge, 0, "mm"), offset(t("cranial_off"), nudge, 1, "mm"), offset(t("lean_out"), lean, 0, "°"), offset(t("lean_up"), lean, 1, "°"))),
          h("p", { class: "actions" }, needle, go(t("insert"), insert, { class: "primary" }), hold(t("advance"), () => ({ do: "advance", mm: this.step }), "ArrowUp"), hold(t("withdraw"), () => ({ do: "withdraw", mm: this.drawn(this.step) }), "ArrowDown"), step, go(t("take_out"), () => ({ do: "remove_needle" }))),
          h("p", { class: "actions" }, go(t("bevel_left"), () => ({ do: "rotate", deg: -30 })), go(t("bevel_right"), () => ({ do: "rotate", deg: 30 })), go("↶", () => redirect(-2, 0), { "aria-label": t("redirect_in"), title: t("redirect_in") }), go("↷", () => redirect(2, 0), { "aria-label": t("redirect_out"), title: t("redirect_out") }), go("⇡", () => redirect(0, 2), { "aria-label": t("redirect_up"), title: t("redirect_up") }), go("⇣", () => redirect(0, -2), { "aria-label": t("redirect_down"), title: t("redirect_down") }), mute),
          h("div", { class: "force" }, this.pad.element, h("div", {}, this.force, this.needleState)),
        ),
        h("section", { class: "card", "data-coach": "inject" },
          h("h2", {}, t("through")),
          h("p", { class: "actions" }, go(t("aspirate"), () => ({ do: "aspirate" }), { "aria-keyshortcuts": "A" }), milliamp, h("span", { class: "unit" }, "mA"), go(t("sensory"), () => ({ do: "stimulate", mode: "sensory", milliamp: milliamp.valueAsNumber })), go(t("motor"), () => ({ do: "stimulate", mode: "motor", milliamp: milliamp.valueAsNumber }))),
          h("p", { class: "actions" }, this.labels, this.volume, h("span", { class: "unit" }, "ml"), watch, go(t("inject"), () => (this.labels.value ? { do: "inject", label: this.labels.value, volume_ml: this.volume.valueAsNumber, rate_ml_s: 0.25, watch: this.watch } as Action : null), { class: "primary" })),
          h("p", { class: "actions thirds" }, pattern, recognise, treat),
          this.syringes,
          h("details", {}, h("summary", {}, t("draw_up")), h("p", { class: "actions" }, drawnLabel, drawn, go(t("draw_up"), () => ({ do: "draw_up", label: drawnLabel.value, content: drawn.value })))),
        ),
        this.anatomy.panel,
      ),
      h("section", { class: "card strip" }, h("h2", {}, t("ledgers")), this.ledger),
      h("section", { class: "card logged" }, h("h2", {}, t("log")), this.log),
    );
  }

  /** Shows or hides the anatomy; each showing is a line of the record, and counted. */
  private async ask(): Promise<void> {
    const on = !this.anatomy.shown;
    if (on) {
      const answer = await this.act({ do: "note", text: ANATOMY_SHOWN });
      if (answer.type !== "done") return;
    }
    this.anatomy.show(on);
    this.anatomyButton.setAttribute("aria-pressed", String(on));
    this.anatomyButton.textContent = t(on ? "hide_anatomy" : "show_anatomy");
  }

  /** The debriefing shows the truth: going there before the end counts as having seen the anatomy. */
  private async leaveFor(event: Event): Promise<void> {
    event.preventDefault();
    if (this.view && !this.view.discharged && this.view.n > 0) {
      if (!window.confirm(t("debrief_early"))) return;
      await this.act({ do: "note", text: ANATOMY_SHOWN });
    }
    location.hash = `#/debrief/${this.id}`;
  }

  private help(): void {
    const rows = KEYS.map(([keys, words]) => h("tr", {}, h("th", { scope: "row" }, h("kbd", {}, keys)), h("td", {}, t(words))));
    const dialog = h("dialog", { class: "document keys", "aria-label": t("keys"), onclose: () => dialog.remove() }, h("h2", {}, t("keys")), h("table", {}, h("tbody", {}, rows)), h("p", { class: "actions" }, button(t("close"), () => dialog.close())));
    document.body.append(dialog);
    dialog.showModal();
  }

  private display(width: number, level: number): void {
    for (const screen of [this.main, this.second]) {
      screen.window = width;
      screen.level = level;
      screen.paint();
    }
  }

  private turn(primary: number, secondary: number): void {
    const wrapped = ((((primary + 180) % 360) + 360) % 360) - 180;
    void this.act({ do: "move_c_arm", primary_deg: wrapped === -180 ? 180 : wrapped, secondary_deg: secondary });
  }

  private keep(): void {
    if (this.main.current) this.second.show(this.main.current);
  }

  private pedal(down: boolean): void {
    if (down === this.held) return;
    if (down && !this.wire.connected) {
      announce(engine("not connected"), "warn");
      return;
    }
    this.held = down;
    this.wire.pedal(down, this.pulses);
    this.pedalButton.setAttribute("aria-pressed", String(down));
  }

  /** The needle pointed otherwise, by degrees outwards and towards the head. */
  private pointed(across: number, up: number): Action | null {
    const { direction } = this.wanted;
    if (!direction) {
      announce(t("no_needle"), "warn");
      return null;
    }
    return { do: "redirect", direction: leaned(direction, across * (this.view?.side === "right" ? -1 : 1), up) };
  }

  private point(across: number, up: number): void {
    const action = this.pointed(across, up);
    if (action) void this.act(action);
  }

  private key(event: KeyboardEvent): void {
    if (!roomsOwn(event)) return;
    const view = this.view;
    const mm = event.shiftKey ? 5 : this.step;
    const { primary, secondary, field } = this.wanted;
    const acts: { [key: string]: () => void } = {
      ArrowUp: () => void this.act({ do: "advance", mm }),
      ArrowDown: () => void this.act({ do: "withdraw", mm: this.drawn(mm) }),
      ArrowLeft: () => void this.act({ do: "rotate", deg: -15 }),
      ArrowRight: () => void this.act({ do: "rotate", deg: 15 }),
      s: () => void this.act({ do: "shot" }),
      a: () => void this.act({ do: "aspirate" }),
      k: () => this.keep(),
      "1": () => this.turn(180, 0),
      "2": () => this.aim && this.turn(this.aim.primary_deg, this.aim.secondary_deg),
      "3": () => this.turn((view?.side === "right" ? -1 : 1) * 90, 0),
      "[": () => this.turn(primary - 5, secondary),
      "]": () => this.turn(primary + 5, secondary),
      ";": () => this.turn(primary, secondary - 5),
      "'": () => this.turn(primary, secondary + 5),
      ",": () => this.point(-2, 0),
      ".": () => this.point(2, 0),
      PageUp: () => this.point(0, 2),
      PageDown: () => this.point(0, -2),
      m: () => {
        const at = FIELDS.indexOf(field);
        void this.act({ do: "magnify", field_mm: FIELDS[(at + 1) % FIELDS.length] ?? null });
      },
      "?": () => this.help(),
    };
    if (event.code === "Space") {
      event.preventDefault();
      if (!event.repeat) this.pedal(true);
      return;
    }
    const act = acts[event.key] ?? acts[event.key.toLowerCase()];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  private expose(picture: Picture): void {
    const before = this.main.current;
    // Turning far away keeps the view one came from in the second pane.
    if (before && Math.abs(before.primary - picture.primary) > 40) this.second.show(before);
    this.main.show(picture);
    document.documentElement.dataset["picture"] = String(picture.number);
    window.dispatchEvent(new CustomEvent("rami-picture", { detail: { number: picture.number, action: picture.action, drawnMs: picture.drawnMs } }));
  }

  private told(action: Action | null, answer: Answer): void {
    const add = (words: string | (HTMLElement | string)[], tone = ""): void => {
      if (words.length === 0) return;
      this.entries.append(h("li", { class: tone }, words));
      while (this.entries.childElementCount > 200) this.entries.firstElementChild?.remove();
      this.log.scrollTop = this.log.scrollHeight;
    };
    if (answer.type === "refused") {
      const words = (): (HTMLElement | string)[] => [engine(answer.why), "; ", engine(answer.first), "."];
      add(words(), "refused");
      announce(words(), "warn");
    } else if (answer.type === "failed") {
      announce(engine(answer.why), "warn");
    } else {
      for (const event of answer.events) {
        add(inWords(event), ["warned", "consequence", "said"].includes(event.event) ? "notable" : "");
        if (event.event === "needle_moved") this.feel(Number(event["force_n"]), Boolean(event["lost_resistance"]));
      }
    }
    if (action) this.coach.did(action, answer);
  }

  /** Force as a short tone: higher for more, a click when the resistance falls away. */
  private feel(force: number, lost: boolean): void {
    this.force.value = Math.min(12, force);
    if (!this.sound) return;
    this.audio ??= new AudioContext();
    const [tone, gain] = [this.audio.createOscillator(), this.audio.createGain()];
    tone.type = lost ? "square" : "sine";
    tone.frequency.value = lost ? 90 : 160 + 90 * Math.min(force, 8);
    gain.gain.setValueAtTime(0.05, this.audio.currentTime);
    gain.gain.exponentialRampToValueAtTime(0.0001, this.audio.currentTime + 0.09);
    tone.connect(gain).connect(this.audio.destination);
    tone.start();
    tone.stop(this.audio.currentTime + 0.1);
  }

  private see(view: View): void {
    const first = this.view === null;
    this.view = view;
    this.wanted.see(view);
    this.monitor.show(view);
    this.room.draw(view);
    void this.anatomy.follow(view);
    if (document.activeElement !== this.field) this.field.value = String(view.c_arm.field_mm ?? "");
    this.follow();
    const r = view.radiation;
    fill(
      this.ledger,
      ([
        [t("fluoro_time"), `${r.fluoroscopy_s.toFixed(1)} s`],
        [t("pictures"), `${r.frames}`],
        ["DAP", `${r.dap_gy_cm2.toFixed(3)} Gy·cm²`],
        [t("effective"), `${(r.effective_dose_msv * 1000).toFixed(1)} µSv`],
        [t("eye"), `${r.staff_eye_usv.toFixed(2)} µSv`],
        [t("anaesthetic"), percent(view.share_of_maximum, 0)],
        [t("passes"), `${view.passes}`],
        [t("anatomy_shown"), `${view.anatomy_shown}`],
      ] as [string, string][]).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    );
    const needle = view.needle;
    fill(this.needleState, needle ? `${needle.name} · ${t("depth")} ${needle.depth_mm.toFixed(1)} mm · ${t("bevel")} ${needle.bevel_deg.toFixed(0)}° · ${needle.force_n.toFixed(2)} N${needle.on_bone ? ` · ${t("on_bone")}` : ""}` : t("no_needle"));
    if (needle) this.force.value = Math.min(12, needle.force_n);
    const labels = Object.keys(view.syringes);
    if (labels.join() !== [...this.labels.options].map((o) => o.value).join()) fill(this.labels, labels.map((label) => h("option", { value: label }, label)));
    fill(this.syringes, labels.map((label) => h("li", {}, `${label}: ${view.syringes[label]!.left_ml.toFixed(1)} / ${view.syringes[label]!.volume_ml.toFixed(1)} ml`)));
    showSteps(this.steps, view, (actions) => this.all(actions));
    if (first) this.coach.offer(guide());
  }

  /** Sliders and numbers as the arm will stand, except what somebody is at. */
  private follow(): void {
    for (const [range, number, deg] of [[this.primary, this.primaryNumber, this.wanted.primary], [this.secondary, this.secondaryNumber, this.wanted.secondary]] as const) {
      if (!range.matches(":active") && !number.dataset["typed"]) range.value = number.value = deg.toFixed(0);
    }
  }

  private async all(actions: Action[]): Promise<void> {
    for (const action of actions) {
      const answer = await this.act(action);
      if (answer.type !== "done") return;
    }
  }
}
