// Where fluid lies and how much of the chain fails, in 3-D through the hours after a block.

import { type CaseDetail, type Schemas, get } from "../api/client";
import { announce, button, fill, h } from "./dom";
import { t } from "./words";

export function hoursOf(caseId: string, debrief: Schemas["Debrief"], scored: Schemas["Scored"] | null): HTMLElement {
  const space = h("div", { class: "space" });
  const words = h("p", { class: "small", role: "status" });
  const slider = h("input", { type: "range", min: "0", max: "720", step: "5", value: "20", "aria-label": t("hours") });
  const control = h("p", { class: "actions", hidden: true }, h("label", {}, t("hours"), " ", slider), words);
  const side = debrief.header.setup?.side ?? "left";
  const drugs = debrief.deposits.flatMap((deposit) => deposit.fluids.filter((fluid) => fluid.drug_mg_ml > 0).map((fluid) => fluid.at_s));
  const first = drugs.length > 0 ? Math.min(...drugs) : Math.min(...debrief.deposits.flatMap((deposit) => deposit.fluids.map((fluid) => fluid.at_s)));
  const blocked = (minutes: number): readonly number[] => scored?.chain.find((at) => at.t_min >= minutes)?.blocked[side] ?? [0, 0, 0];
  const begin = async (): Promise<void> => {
    fill(space, h("p", {}, t("loading")));
    try {
      const { hasWebGL, showHours } = await import("../viewer/volume");
      if (!hasWebGL()) {
        fill(space, h("p", { class: "refusal" }, t("no_webgl")));
        return;
      }
      const detail = await get<CaseDetail>(`/api/cases/${caseId}`);
      const set = await showHours(space, caseId, detail, {
        side,
        aim: debrief.header.aim ?? null,
        fluids: debrief.deposits.map((deposit) => ({ tip_mm: deposit.tip_mm, cloud_mm: deposit.spread.cloud_mm ?? [], at_s: deposit.fluids[0]?.at_s ?? first })),
        first_s: first,
        blocked,
      });
      const move = (): void => {
        const minutes = Number(slider.value);
        set(minutes);
        fill(words, `${Math.floor(minutes / 60)} h ${minutes % 60} min · ${["L2", "L3", "L4"].map((level, i) => `${level} ${((blocked(minutes)[i] ?? 0) * 100).toFixed(0)} %`).join(", ")}`);
      };
      slider.oninput = move;
      control.hidden = false;
      move();
    } catch (error) {
      fill(space, h("p", { class: "refusal" }, t("no_webgl")));
      announce(error instanceof Error ? error.message : String(error), "warn");
    }
  };
  return h("div", {}, h("p", { class: "actions" }, button(t("show_spread_3d"), () => void begin())), space, control);
}
