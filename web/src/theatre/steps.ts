// The order of a block: what is done before, what after, and the guide that leads a first block through it.

import { button, fill, h } from "../ui/dom";
import { t } from "../ui/words";
import type { Mark } from "./coach";
import { CHECKLIST, SYRINGES } from "./offers";
import type { Action, Answer, View } from "./wire";

/** Draws the steps: what is done is ticked and put away behind its number, what comes next is marked; the keyboard stays where it was. */
export function showSteps(into: HTMLElement, view: View, all: (actions: Action[]) => Promise<void>): void {
  const has = (label: string): boolean => label in view.syringes;
  const entry = view.aim?.entry_mm;
  const list: [string, boolean, Action[]][] = [
    [t("s_checklist"), CHECKLIST.every((item) => item in view.checked), CHECKLIST.filter((item) => !(item in view.checked)).map((item) => ({ do: "check", item }))],
    [t("s_consent"), view.consent === true, [{ do: "consent", given: true }]],
    [t("s_sedation"), view.sedation !== null, [{ do: "record_sedation", level: "none" }]],
    [t("s_prone"), view.prone, [{ do: "position_prone" }]],
    [t("s_monitor"), view.monitored, [{ do: "attach_monitoring" }, { do: "check", item: "access_and_monitoring" }]],
    [t("s_bare"), view.acclimatised_min >= 20, [{ do: "acclimatise", minutes: 20 }]],
    [t("s_baseline"), view.temperatures.length > 0, [{ do: "read_temperatures" }]],
    [t("s_clean"), view.skin_clean, [{ do: "prepare_skin" }]],
    [t("s_drape"), view.draped, [{ do: "drape" }]],
    [t("s_timeout"), view.time_out, [{ do: "time_out", side: view.side, level: view.level }]],
    [t("s_syringes"), SYRINGES.every(([label]) => has(label)), SYRINGES.filter(([label]) => !has(label)).map(([label, content]) => ({ do: "draw_up", label, content }))],
    ...(view.mismatch ? [[t("s_correct"), false, [{ do: "correct_side", side: view.side }]] as [string, boolean, Action[]]] : []),
    [t("s_numb"), view.numb, entry ? [{ do: "numb_skin", label: "skin", volume_ml: 3, at_mm: entry }] : []],
  ];
  const after: [string, Action[]][] = [
    [t("ask"), [{ do: "ask" }]],
    [t("s_temps"), [{ do: "read_temperatures" }]],
    [t("wait5"), [{ do: "wait", seconds: 300 }]],
    [t("s_somatic"), [{ do: "examine_somatic" }]],
    [t("works_yes"), [{ do: "judge_block", worked: true }]],
    [t("works_no"), [{ do: "judge_block", worked: false }]],
    [t("s_observe"), [{ do: "observe", minutes: 30 }]],
    [t("s_home"), [{ do: "discharge" }]],
    ...(view.discharged ? [1, 7, 28].map((day): [string, Action[]] => [t("s_phone", { day }), [{ do: "follow_up", day }]]) : []),
  ];
  const open = list.findIndex(([, done]) => !done);
  const behind = list.filter(([, done]) => done).length;
  const toggle = button(`✓ ${t("steps_done", { n: behind })}`, () => toggle.setAttribute("aria-expanded", String(into.classList.toggle("all"))), { "aria-expanded": String(into.classList.contains("all")), "data-step": "done" });
  const focused = (document.activeElement as HTMLElement | null)?.dataset["step"];
  fill(
    into,
    behind > 0 ? h("li", { class: "behind" }, toggle) : null,
    list.map(([words, done, actions], index) =>
      h("li", { class: done ? "done" : index === open ? "now" : "" }, button(`${done ? "✓ " : ""}${words}`, () => void all(actions), { disabled: done || actions.length === 0, "data-step": `s${index}` })),
    ),
    // What comes after a needle is offered once one can go in.
    (view.numb || view.time_out ? after : []).map(([words, actions], index) => h("li", {}, button(words, () => void all(actions), { "data-step": `a${index}` }))),
  );
  if (focused) into.querySelector<HTMLElement>(`[data-step="${focused}"]:not(:disabled), li.now button`)?.focus();
}

/** The marks of the guide. */
export function guide(): Mark[] {
  const done = (name: string) => (action: Action, answer: Answer): boolean => action.do === name && answer.type === "done";
  return [
    { at: "steps", words: t("g_steps"), until: done("numb_skin") },
    { at: "arm", words: t("g_arm"), until: done("move_c_arm") },
    { at: "screens", words: t("g_live"), until: (action) => action.do === "shot" || action.do === "insert_needle" },
    { at: "needle", words: t("g_needle"), until: done("insert_needle") },
    { at: "needle", words: t("g_advance"), until: (action) => action.do === "aspirate" },
    { at: "inject", words: t("g_contrast"), until: done("inject") },
    { at: "inject", words: t("g_drug"), until: (action, answer) => action.do === "inject" && answer.type === "done" && action["label"] === "drug" },
    { at: "steps", words: t("g_after"), until: done("judge_block") },
  ];
}
