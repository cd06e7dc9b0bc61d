// Before a block: begin one, practise a failure, take the quiz, go on with an earlier one.

import { type Candidate, type CaseSummary, type Schemas, get, post } from "../api/client";
import { button, fill, h } from "../ui/dom";
import { engine, failure as failed } from "../ui/engine";
import { t, translated } from "../ui/words";
import { enteredChart, work } from "../ui/work";

type Lesson = Schemas["Lesson"];

/** What the quiz draws from; null is a needle where it should be. A disc takes no contrast by hand: there is nothing to read. */
const QUIZ = [null, "psoas", "vessel", "ureter", "disc", "kidney"];

export function lobby(sessions: Schemas["RoomSummary"][]): HTMLElement {
  const problem = h("p", { class: "refusal", role: "alert" });
  const status = h("p", { role: "status" });
  const begin = async (failure: string | null, screen = "theatre"): Promise<void> => {
    fill(problem);
    fill(status, t("preparing"));
    try {
      const { id } = await begun(work().path, failure);
      location.hash = `#/${screen}/${id}`;
    } catch (error) {
      fill(status);
      fill(problem, failed(error));
    }
  };
  const path = work().path;
  const on = h("p", {});
  const told = (name: string): void => fill(on, path ? t("with_path", { level: path.level, side: t(path.side as "left"), case: name }) : t("without_path", { case: name }));
  told(work().case);
  void get<CaseSummary[]>("/api/cases").then((cases) => told(translated(cases.find((one) => one.id === work().case)?.name ?? work().case)), () => undefined);
  const library = h("ul", { class: "lessons" });
  void get<Lesson[]>("/api/failures").then((lessons) =>
    fill(library, lessons.map((lesson) => h("li", {}, button(t(`f_${lesson.failure}`), () => void begin(lesson.failure)), h("small", {}, engine(lesson.title))))),
  );
  return h(
    "div",
    {},
    h("h1", {}, t("theatre")),
    h("section", { class: "card" }, h("h2", {}, t("new_block")), on, h("p", {}, enteredChart() ? t("with_chart") : t("without_chart")), problem, status, h("p", { class: "actions" }, button(t("begin"), () => void begin(null), { class: "primary" }), path ? null : h("a", { href: "#/plan" }, t("plan")))),
    h("div", { class: "columns" },
      h("section", { class: "card" }, h("h2", {}, t("failures")), h("p", {}, t("failures_lead")), library),
      h("div", {},
        h("section", { class: "card" }, h("h2", {}, t("quiz")), h("p", {}, t("quiz_lead")), button(t("quiz"), () => void begin(QUIZ[Math.floor(Math.random() * QUIZ.length)] ?? null, "quiz"))),
        h("section", { class: "card" }, h("h2", {}, t("earlier")), sessions.length === 0 ? h("p", {}, t("none_yet")) : h("ul", { class: "sessions" }, sessions.map((one) => h("li", {}, h("a", { href: `#/theatre/${one.id}` }, t("block_of", { name: one.name, n: one.lines })), " ", h("a", { href: `#/debrief/${one.id}`, "aria-label": `${t("debrief")}: ${one.name}` }, t("debrief")))))),
      ),
    ),
  );
}

/** Begins a block on what is being worked on. */
export async function begun(path: Candidate | null, failure: string | null = null): Promise<Schemas["Begun"]> {
  let use = path;
  if (!use) {
    // Without a plan of one's own the planner's is taken: a needle has to be aimed somewhere.
    const plan = await post<Schemas["Plan"]>(`/api/cases/${work().case}/plan`, { side: work().side });
    const chosen = [plan.chosen].flat()[0];
    use = chosen == null ? null : (plan.candidates[chosen as number] ?? null);
  }
  const body = {
    case: work().case,
    side: use?.side ?? work().side,
    level: use?.level ?? "L3",
    aim: use ? { entry_mm: use.entry_mm, target_mm: use.target_mm, primary_deg: use.primary_angle_deg, secondary_deg: use.secondary_angle_deg, needle_length_mm: use.needle_length_mm } : null,
    failure,
    // A scripted failure is nobody's own chart.
    chart: failure === null ? (enteredChart() as Schemas["NewSession"]["chart"]) : null,
  };
  return post("/api/sessions", body);
}
