// The contrast quiz: a block that the app itself brings as far as the contrast; the trainee says what the picture shows.

import { type Schemas, get } from "../api/client";
import { button, fill, h } from "../ui/dom";
import { failure } from "../ui/engine";
import { plain, t, translated } from "../ui/words";
import { Screen } from "../theatre/screen";
import { CHECKLIST, PATTERNS, type Pattern, SYRINGES } from "../theatre/offers";
import { type Action, type Picture, Wire } from "../theatre/wire";

type Told = Schemas["Debrief"];

/** So deep, the bevel turned half round on the way so that bends cancel. */
function straight(depth: number): Action[] {
  const actions: Action[] = [];
  for (let left = depth, stretch = 5; left > 1e-6; left -= stretch, stretch = 10) {
    if (left < depth) actions.push({ do: "rotate", deg: 180 });
    actions.push({ do: "advance", mm: Math.min(stretch, left) });
  }
  return actions;
}

export function quizScreen(root: HTMLElement, id: string): () => void {
  const views = [new Screen("AP"), new Screen(t("lateral"))] as const;
  let showing: Screen = views[0];
  let newest = -1;
  const status = h("p", { role: "status" }, t("preparing"));
  const answers = h("div", { class: "actions", role: "group", "aria-label": t("quiz_question") });
  fill(root, h("h1", {}, t("quiz")), status, h("div", { class: "debrief" }, views[0].element, views[1].element), answers);
  const wire = new Wire(id, { view: () => undefined, picture: (picture) => shown(picture), answer: () => undefined, state: () => undefined });
  const shown = (picture: Picture): void => {
    newest = picture.number;
    showing.show(picture);
  };
  /** Does it and waits for its last picture: newer ones take the place of those that are not shown yet. */
  const seen = async (action: Action): Promise<void> => {
    const answer = await wire.act(action);
    const exposed = answer.type === "done" ? answer.events.find((event) => event.event === "exposed") : undefined;
    if (exposed?.event !== "exposed") return;
    const last = exposed.first_frame + exposed.frames - 1;
    for (let i = 0; i < 200 && newest < last; i++) await new Promise((done) => window.setTimeout(done, 25));
  };
  const run = async (): Promise<void> => {
    const told = await get<Told>(`/api/sessions/${id}/debrief`);
    const aim = told.header.aim;
    if (!aim) throw new Error(t("no_aim"));
    const way = aim.target_mm.map((v, i) => v - aim.entry_mm[i]!);
    const depth = Math.hypot(...way);
    const { side = "left", level = "L3" } = told.header.setup;
    const prepare: Action[] = [
      ...CHECKLIST.map((item): Action => ({ do: "check", item })),
      { do: "consent", given: true }, { do: "record_sedation", level: "none" }, { do: "position_prone" }, { do: "attach_monitoring" }, { do: "acclimatise", minutes: 20 }, { do: "read_temperatures" },
      { do: "prepare_skin" }, { do: "drape" }, { do: "time_out", side, level }, ...SYRINGES.map(([label, content]): Action => ({ do: "draw_up", label, content })),
      { do: "numb_skin", label: "skin", volume_ml: 3, at_mm: aim.entry_mm }, { do: "centre", at_mm: aim.target_mm },
      { do: "insert_needle", needle: aim.needle, entry_mm: aim.entry_mm, direction: way.map((v) => v / depth), bevel_deg: 0 }, ...straight(depth), { do: "shot" }, { do: "aspirate" },
      { do: "inject", label: "contrast", volume_ml: 2, rate_ml_s: 0.5, watch: "live" },
    ];
    // The socket may not be open yet.
    for (let i = 0; i < 100; i++) {
      const answer = await wire.act(prepare[0]!);
      if (answer.type !== "failed") break;
      await new Promise((done) => window.setTimeout(done, 100));
    }
    for (const action of prepare.slice(1)) await seen(action);
    showing = views[1];
    await wire.act({ do: "move_c_arm", primary_deg: side === "left" ? 90 : -90, secondary_deg: 0 });
    await seen({ do: "shot" });
    fill(status, t("quiz_question"));
    fill(answers, PATTERNS.map((pattern) => button(plain(pattern), () => void judge(pattern))));
    answers.querySelector("button")?.focus();
  };
  const judge = async (pattern: Pattern): Promise<void> => {
    await wire.act({ do: "call_pattern", pattern });
    const told = await get<Told>(`/api/sessions/${id}/debrief`);
    const events = told.lines.flatMap((line) => line.events ?? []);
    const called = events.filter((event) => event.event === "pattern_called").at(-1);
    const shown = events.filter((event) => event.event === "contrast_shown").at(-1);
    fill(status, called?.event === "pattern_called" && called.right === true ? t("quiz_right") : t("quiz_wrong"), " ", shown?.event === "contrast_shown" ? t("quiz_was", { words: `${plain(shown.pattern)}: ${translated(shown.in_words)}` }) : "");
    fill(answers, h("a", { href: "#/theatre", class: "button" }, t("again")), " ", h("a", { href: `#/debrief/${id}`, class: "button" }, t("debrief")));
  };
  void run().catch((error: unknown) => fill(status, failure(error)));
  return () => wire.close();
}
