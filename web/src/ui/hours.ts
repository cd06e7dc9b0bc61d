// Where drug and contrast lie, and how much of the chain fails, while they are given and through the hours after.

import { type CaseDetail, type Schemas, get } from "../api/client";
import { announce, button, fill, h } from "./dom";
import { failure } from "./engine";
import { nearestLevel } from "./levels";
import { plain, t } from "./words";

type Debrief = Schemas["Debrief"];
type Hours = Schemas["Hours"];
type Moment = Hours["moments"][number];

const LEVELS = ["L2", "L3", "L4"];
const MM = 1.7;
const COLOUR = { drug: "#be82ff", contrast: "#b0d8ff" };

export function hoursOf(id: string, caseId: string, debrief: Debrief): HTMLElement {
  const root = h("div", { class: "hours" }, h("p", { role: "status" }, t("loading")));
  const begin = async (): Promise<void> => {
    const [hours, detail] = await Promise.all([get<Hours>(`/api/sessions/${id}/hours`), get<CaseDetail>(`/api/cases/${caseId}`)]);
    fill(root, scrubbed(id, caseId, debrief, hours, detail));
  };
  void begin().catch((error: unknown) => fill(root, h("p", { class: "refusal" }, failure(error))));
  return root;
}

function scrubbed(id: string, caseId: string, debrief: Debrief, hours: Hours, detail: CaseDetail): HTMLElement {
  const { moments } = hours;
  const side = debrief.header.setup?.side ?? "left";
  const want = { drug: true, contrast: true };
  const flat = h("canvas", { width: 560, height: 340, role: "img" });
  const space = h("div", { class: "space" });
  const words = h("p", { class: "small", role: "status" });
  // What one looks for first: the drug in, and time for it to work.
  const first = Math.max(0, moments.findIndex((moment) => (moment.since_drug_min ?? 0) >= 30));
  const slider = h("input", { type: "range", min: "0", max: String(moments.length - 1), step: "1", value: String(first), "aria-label": t("moment") });
  let three: ((moment: number, want: { drug: boolean; contrast: boolean }) => Promise<void>) | null = null;
  const move = (): void => {
    const at = Number(slider.value);
    const moment = moments[at];
    if (!moment) return;
    const text = told(moment, side);
    fill(words, text);
    slider.setAttribute("aria-valuetext", text);
    flat.setAttribute("aria-label", `${t("spread_h")}: ${text}`);
    draw(flat, moment, debrief, detail, want);
    void three?.(at, want);
  };
  slider.oninput = move;
  const choice = (of: "drug" | "contrast"): HTMLElement => {
    const box = h("input", { type: "checkbox", checked: true, onchange: () => {
      want[of] = box.checked;
      move();
    } });
    const swatch = h("canvas", { width: 10, height: 10, "aria-hidden": "true" });
    const context = swatch.getContext("2d");
    if (context) {
      context.fillStyle = COLOUR[of];
      context.fillRect(0, 0, 10, 10);
    }
    return h("label", {}, box, " ", swatch, " ", t(of === "drug" ? "of_drug" : "of_contrast"));
  };
  const open = async (): Promise<void> => {
    fill(space, h("p", {}, t("loading")));
    try {
      const { hasWebGL, showHours } = await import("../viewer/volume");
      if (!hasWebGL()) {
        fill(space, h("p", { class: "refusal" }, t("no_webgl")));
        return;
      }
      three = await showHours(space, id, caseId, detail, debrief, hours);
      move();
    } catch (error) {
      fill(space, h("p", { class: "refusal" }, t("no_webgl")));
      announce(failure(error), "warn");
    }
  };
  move();
  const shells = moments.flatMap((moment) => moment.drug.shells).map((shell) => shell.mg_ml);
  const edges = [...new Set(shells)].sort((a, b) => a - b).map((mg) => mg.toPrecision(2));
  return h(
    "div",
    {},
    h("p", { class: "actions" }, h("label", {}, t("moment"), " ", slider), choice("drug"), choice("contrast"), button(t("show_spread_3d"), () => void open())),
    words,
    flat,
    space,
    h("small", {}, edges.length > 0 ? `${t("shells", { edges: edges.join(", ") })} ` : "", t("hours_note")),
  );
}

const clock = (minutes: number): string => (minutes < 60 ? `${minutes.toFixed(0)} min` : `${(minutes / 60).toFixed(0)} h`);

/** A moment in a line of words. */
function told(moment: Moment, side: "left" | "right"): string {
  const when = moment.giving
    ? t("giving", { ml: moment.giving.volume_ml.toFixed(1), agent: plain(moment.giving.agent) })
    : moment.since_drug_min == null ? t("after_contrast") : t("after_drug", { time: clock(moment.since_drug_min) });
  const failing = (of: "left" | "right"): string => LEVELS.map((level, i) => `${level} ${((moment.blocked[of][i] ?? 0) * 100).toFixed(0)} %`).join(", ");
  const other = side === "left" ? "right" : "left";
  const both = moment.blocked[other].some((share) => share >= 0.01);
  return [
    when,
    t("drug_left", { mg: moment.drug.mass_mg.toFixed(1), most: moment.drug.most_mg_ml.toFixed(2) }),
    t("iodine_left", { mg: moment.contrast.mass_mg.toFixed(0) }),
    t("fibres_failing", { side: t(side), levels: failing(side) }),
    ...(both ? [t("fibres_failing", { side: t(other), levels: failing(other) })] : []),
  ].join(" · ");
}

/** From behind and from the side: both trunks by how much of them fails, the target, and dots of equal mass. */
function draw(canvas: HTMLCanvasElement, moment: Moment, debrief: Debrief, detail: CaseDetail, want: { drug: boolean; contrast: boolean }): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const middle = debrief.header.aim?.target_mm ?? debrief.deposits[0]?.tip_mm ?? [0, 0, 0];
  const at = (p: readonly number[], view: 0 | 1): [number, number] => [140 + view * 280 + (view === 0 ? -(p[0]! - middle[0]!) : p[1]! - middle[1]!) * MM, 165 - (p[2]! - middle[2]!) * MM];
  context.fillStyle = "#0a0f12";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = "#2a363d";
  context.strokeRect(279.5, 0, 1, canvas.height);
  context.font = "12px system-ui, sans-serif";
  for (const view of [0, 1] as const) {
    context.save();
    context.beginPath();
    context.rect(view * 280 + 1, 0, 278, canvas.height);
    context.clip();
    for (const side of ["left", "right"] as const) {
      const chain = detail.anatomy?.chain[side] ?? [];
      // From the side the trunks lie over each other: only the blocked one is drawn.
      if (view === 1 && side !== (debrief.header.setup?.side ?? "left")) continue;
      for (const { point_mm: p } of chain) {
        const share = levelShare(moment.blocked[side], p[2]!, detail);
        context.fillStyle = `rgb(${92 + 163 * share}, ${220 - 130 * share}, ${204 - 124 * share})`;
        const [x, y] = at(p, view);
        context.fillRect(x - 1.5, y - 3, 3, 6);
      }
    }
    for (const of of ["contrast", "drug"] as const) {
      if (!want[of]) continue;
      context.fillStyle = COLOUR[of];
      context.globalAlpha = 0.75;
      for (const p of moment[of].dots_mm) context.fillRect(...at(p, view), 2, 2);
      context.globalAlpha = 1;
    }
    context.strokeStyle = "#ffd166";
    const [x, y] = at(middle, view);
    context.beginPath();
    context.arc(x, y, 6, 0, 7);
    context.stroke();
    context.fillStyle = "#a9b6bf";
    for (const level of LEVELS) {
      const z = detail.anatomy?.vertebrae_mm[level]?.[2];
      if (z !== undefined) context.fillText(level, view * 280 + 8, at([0, 0, z], view)[1] + 4);
    }
    context.fillText(view === 0 ? `L ← ${t("from_behind")} → R` : `A ← ${t("lateral")} → P`, view * 280 + 90, canvas.height - 8);
    context.restore();
  }
}

/** How much fails at a height: that of the nearest of the three levels, nothing beyond them. */
function levelShare(blocked: readonly number[], z: number, detail: CaseDetail): number {
  return blocked[nearestLevel(LEVELS.map((level) => detail.anatomy?.vertebrae_mm[level]?.[2] ?? NaN), z)] ?? 0;
}
