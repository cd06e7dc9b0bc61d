// Screen 3: slices in every direction, candidates, and a path that can be dragged while its clearances change.

import { type Candidate, type CaseDetail, Newest, type Plan, type Schemas, get, post } from "../api/client";
import { announce, button, field, fill, h, mm, percent, select } from "../ui/dom";
import { engine, failure } from "../ui/engine";
import { type Overlay, type PlaneName, PlaneView, type Vec } from "../ui/plane";
import { plain, t, translated } from "../ui/words";
import { setWork, work } from "../ui/work";

export function planScreen(root: HTMLElement, argument: string): () => void {
  const id = argument || work().case;
  let gone = false;
  let timer = 0;
  const wait = async (): Promise<void> => {
    try {
      const detail = await get<CaseDetail>(`/api/cases/${id}`);
      if (gone) return;
      if (detail.anatomy) {
        new PlanRoom(root, id, detail, () => gone);
        return;
      }
      if (detail.state.state === "closed") await post(`/api/cases/${id}/open`);
      const state = detail.state;
      fill(root, h("h1", {}, t("plan")), h("p", { class: state.state === "refused" ? "refusal" : "lead", role: "status" }, state.state === "refused" ? engine(state.reason) : t("wait_case", { what: state.state === "opening" ? state.what : "…" })));
      if (state.state !== "refused") timer = window.setTimeout(() => void wait(), 500);
    } catch (error) {
      fill(root, h("h1", {}, t("plan")), h("p", { class: "refusal" }, failure(error)), h("a", { href: "#/cases" }, t("need_case")));
    }
  };
  fill(root, h("h1", {}, t("plan")), h("p", { class: "lead", role: "status" }, t("loading")));
  void wait();
  return () => {
    gone = true;
    window.clearTimeout(timer);
  };
}

/** A path that was judged, and of which choice it is a change. */
interface Judged {
  taken: number;
  candidate: Candidate;
}

class PlanRoom {
  private centre: Vec;
  private path: Candidate | null = null;
  private planned: Candidate | null = null;
  private plan: Plan | null = null;
  private side: "left" | "right" | "both";
  private level = "auto";
  private rest = 0;
  private readonly planes: PlaneView[];
  private readonly panel = h("div", { class: "path", "aria-live": "polite" });
  private readonly choices = h("div", { class: "choices" });
  /** How often a path was chosen. */
  private taken = 0;
  private readonly live: Newest<Judged>;
  private readonly problem = h("p", { class: "refusal", role: "alert" });

  constructor(
    root: HTMLElement,
    private readonly id: string,
    private readonly detail: CaseDetail,
    private readonly gone: () => boolean,
  ) {
    const anatomy = detail.anatomy!;
    this.side = work().side;
    this.centre = (anatomy.vertebrae_mm["L3"] ?? anatomy.low_mm.map((low, axis) => (low + anatomy.high_mm[axis]!) / 2)) as Vec;
    this.live = new Newest((judged) => this.judged(judged), (error) => this.fail(error));
    const plane = (name: PlaneName, title: string, letters: [string, string, string, string]): PlaneView =>
      new PlaneView({
        caseId: id,
        name,
        title,
        letters,
        center: () => this.centre,
        overlay: () => this.overlay(),
        moved: (which, to) => this.drag(which, to),
        centred: (to) => this.look(to),
        failed: (error) => this.fail(error),
      });
    this.planes = [
      plane("axial", t("axial"), ["R", "L", "A", "P"]),
      plane("sagittal", t("sagittal"), ["A", "P", "H", "F"]),
      plane("coronal", t("coronal"), ["R", "L", "H", "F"]),
      plane("along", t("along"), ["R", "L", "A", "P"]),
    ];
    const space = h("div", { class: "space" });
    fill(
      root,
      h("h1", { class: "with-case" }, t("plan"), h("small", {}, translated(detail.name))),
      detail.warnings.length > 0 ? h("ul", { class: "warnings" }, detail.warnings.map((text) => h("li", {}, engine(text)))) : null,
      h(
        "div",
        { class: "plan" },
        h("div", { class: "planes" }, this.planes.map((view) => view.element), h("p", { class: "small hint" }, t("drag_hint"))),
        h("div", { class: "side" }, this.request(), this.problem, this.panel, this.choices, h("section", { class: "card" }, button(t("show_3d"), () => void this.threeD(space)), space), h("p", { class: "small" }, t("plan_note"))),
      ),
    );
    this.refresh();
    void this.make();
  }

  private request(): HTMLElement {
    return h(
      "section",
      { class: "card request" },
      h(
        "div",
        { class: "fields" },
        field(t("side"), select([["left", t("left")], ["right", t("right")], ["both", t("both")]], this.side, (v) => (this.side = v as "left"))),
        field(t("level"), select([["auto", t("auto")], ["L2", "L2"], ["L3", "L3"], ["L4", "L4"]], this.level, (v) => (this.level = v))),
      ),
      h("p", { class: "actions" }, button(t("plan_go"), () => void this.make(), { class: "primary" }), button(t("report"), () => void this.report())),
    );
  }

  private body(): Schemas["PlanRequest"] {
    return { side: this.side, level: this.level } as Schemas["PlanRequest"];
  }

  private async make(): Promise<void> {
    fill(this.problem);
    fill(this.choices, h("p", { role: "status" }, t("planning")));
    try {
      this.plan = await post<Plan>(`/api/cases/${this.id}/plan`, this.body());
    } catch (error) {
      if (this.gone()) return;
      fill(this.choices);
      this.fail(error);
      return;
    }
    // Whoever has gone on to somebody else works on them now.
    if (this.gone()) return;
    const chosen = [this.plan.chosen].flat()[0] ?? this.plan.verdict.refused[0]?.least_bad ?? 0;
    this.take(this.plan.candidates[chosen as number] ?? null);
    this.list();
  }

  private async report(): Promise<void> {
    try {
      const { address } = await post<Schemas["Published"]>(`/api/cases/${this.id}/plan-report`, this.body());
      const dialog = h("dialog", { class: "document", "aria-label": t("report"), onclose: () => dialog.remove() }, h("p", { class: "actions" }, button(t("close"), () => dialog.close())), h("iframe", { src: address, title: t("report"), class: "document" }));
      document.body.append(dialog);
      dialog.showModal();
    } catch (error) {
      this.fail(error);
    }
  }

  private take(candidate: Candidate | null): void {
    this.planned = candidate;
    this.path = candidate;
    // Answers to an earlier drag are of another path.
    window.clearTimeout(this.rest);
    this.taken += 1;
    if (candidate) {
      this.centre = candidate.target_mm as Vec;
      setWork({ case: this.id, side: candidate.side as "left", path: candidate });
      void this.warm(candidate);
    }
    this.show();
    this.refresh();
  }

  /** The fields behind a drag are made once; asking now makes the first drag as quick as the others. */
  private async warm(candidate: Candidate): Promise<void> {
    await post(`/api/cases/${this.id}/path`, request(candidate, candidate.entry_mm as Vec, candidate.target_mm as Vec, false)).catch(() => undefined);
  }

  private drag(which: "entry" | "target", to: Vec): void {
    if (!this.path) return;
    const entry = which === "entry" ? to : (this.path.entry_mm as Vec);
    const target = which === "target" ? to : (this.path.target_mm as Vec);
    this.path = { ...this.path, entry_mm: entry, target_mm: target };
    const wanted = request(this.path, entry, target, false);
    this.planes.forEach((plane) => plane.paint());
    const taken = this.taken;
    const ask = (body: typeof wanted & { precise?: boolean }): void =>
      this.live.ask(async () => ({ taken, candidate: await post<Candidate>(`/api/cases/${this.id}/path`, body) }));
    ask(wanted);
    // Once the path rests, its probabilities are made as good as a plan's.
    window.clearTimeout(this.rest);
    this.rest = window.setTimeout(() => ask({ ...wanted, precise: true }), 350);
  }

  private judged({ taken, candidate }: Judged): void {
    if (taken !== this.taken || this.gone()) return;
    this.path = candidate;
    setWork({ path: candidate });
    this.show();
    this.planes[3]?.refresh();
    this.planes.forEach((plane) => plane.paint());
    document.documentElement.dataset["judged"] = String(Number(document.documentElement.dataset["judged"] ?? 0) + 1);
  }

  private look(to: Vec): void {
    const { low_mm: low, high_mm: high } = this.detail.anatomy!;
    this.centre = to.map((v, axis) => Math.min(high[axis]!, Math.max(low[axis]!, v))) as Vec;
    this.refresh();
  }

  private refresh(): void {
    this.planes.forEach((plane) => plane.refresh());
  }

  private overlay(): Overlay {
    const chain = Object.values(this.detail.anatomy!.chain);
    return {
      entry: (this.path?.entry_mm as Vec | undefined) ?? null,
      target: (this.path?.target_mm as Vec | undefined) ?? null,
      refused: this.path ? !this.path.safe : false,
      chain: chain.map((side) => side.map((point) => point.point_mm as Vec)),
      chainSd: chain.map((side) => side.map((point) => point.sd_mm)),
    };
  }

  private show(): void {
    const path = this.path;
    if (!path) {
      fill(this.panel);
      return;
    }
    const moved = path !== this.planned;
    const rows: [string, string][] = [
      [t("depth"), `${mm(path.depth_mm, 0)} · ${t("needle")} ${path.needle_length_mm} mm`],
      [t("c_arm"), `${path.primary_angle_deg.toFixed(1)}° / ${path.secondary_angle_deg.toFixed(1)}°`],
      [t("in_words"), translated(path.view_in_words)],
      [t("risk"), percent(path.any_hit_probability)],
      [t("to_chain"), path.distance_to_chain_mm == null ? "–" : mm(path.distance_to_chain_mm)],
    ];
    const near = path.closest.filter((one) => one.class !== "bone" && one.class !== "disc").slice(0, 7);
    fill(
      this.panel,
      h(
        "section",
        { class: `card ${path.safe ? "is-safe" : "is-refused"}` },
        h("h2", {}, `${path.level} ${t(path.side as "left")}`, " ", h("span", { class: path.safe ? "tag met" : "tag stop" }, path.safe ? t("safe") : t("not_safe")), moved ? h("span", { class: "tag" }, t("dragged")) : null),
        h("dl", { class: "figures" }, rows.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
        h(
          "table",
          { class: "near" },
          h("caption", {}, t("clearance")),
          h("tbody", {}, near.map((one) => h("tr", { class: one.clearance_mm < one.margin_mm ? "bad" : "" }, h("th", { scope: "row" }, plain(one.name), one.modelled ? h("small", {}, ` (${t("modelled")})`) : null), h("td", { class: "figure" }, mm(one.clearance_mm)), h("td", { class: "figure" }, h("small", {}, `${t("margin")} ${mm(one.margin_mm)}`)), h("td", { class: "figure" }, percent(path.hit_probability[one.name] ?? 0))))),
        ),
        path.refusals.length > 0 ? h("div", { class: "refusal" }, h("strong", {}, t("refusals")), h("ul", {}, path.refusals.slice(0, 5).map((why) => h("li", {}, engine(why))))) : null,
        h("p", { class: "actions" }, button(t("rehearse"), () => (location.hash = "#/theatre"), { class: "primary" }), moved ? button(t("reset_path"), () => this.take(this.planned)) : null),
      ),
    );
    const words = `${path.level} ${path.side}: ${path.safe ? t("safe") : t("not_safe")}, ${t("depth")} ${mm(path.depth_mm, 0)}`;
    this.planes.forEach((plane) => plane.describe(words));
  }

  private list(): void {
    const plan = this.plan;
    if (!plan) return;
    const best = plan.candidates.map((candidate, index) => ({ candidate, index })).filter(({ candidate, index }) => candidate.pareto_optimal || plan.trade_off.some((row) => row.best === index)).slice(0, 12);
    fill(
      this.choices,
      h("section", { class: "card" }, h("h2", {}, t("why")), h("p", {}, engine(plan.verdict.reason))),
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("candidates")),
        h(
          "ul",
          { class: "candidates" },
          best.map(({ candidate }) =>
            h("li", {}, button(`${candidate.level} ${t(candidate.side as "left")} · ${mm(candidate.depth_mm, 0)} · ${percent(candidate.any_hit_probability)}${candidate.safe ? "" : ` · ${t("not_safe")}`}`, () => this.take(candidate))),
          ),
        ),
      ),
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("trade_off")),
        h(
          "table",
          {},
          h("thead", {}, h("tr", {}, [t("level"), t("kidney"), t("vessel"), t("psoas"), t("genitofemoral")].map((words) => h("th", { scope: "col" }, words)))),
          h(
            "tbody",
            {},
            plan.trade_off.map((row) =>
              h(
                "tr",
                { class: row.safe ? "" : "bad", title: row.notes.map(translated).join(" ") },
                h("th", { scope: "row" }, `${row.level} ${t(row.side as "left")}`),
                h("td", {}, row.kidney_clearance_mm == null ? "–" : mm(row.kidney_clearance_mm, 0)),
                h("td", {}, row.vessel_clearance_mm == null ? "–" : mm(row.vessel_clearance_mm, 0)),
                h("td", {}, row.psoas_mm == null ? "–" : mm(row.psoas_mm, 0)),
                h("td", {}, percent(row.genitofemoral_block.share, 0)),
              ),
            ),
          ),
        ),
      ),
    );
  }

  private async threeD(space: HTMLElement): Promise<void> {
    fill(space, h("p", {}, t("loading")));
    try {
      const { hasWebGL, show } = await import("../viewer/volume");
      if (!hasWebGL()) {
        fill(space, h("p", { class: "refusal" }, t("no_webgl")));
        return;
      }
      await show(space, this.id, this.detail, this.path);
    } catch (error) {
      fill(space, h("p", { class: "refusal" }, t("no_webgl")));
      announce(failure(error), "warn");
    }
  }

  private fail(error: unknown): void {
    fill(this.problem, failure(error));
  }
}

function request(like: Candidate, entry: Vec, target: Vec, precise: boolean): Schemas["PathRequest"] {
  return { side: like.side, level: like.level, entry_mm: entry, target_mm: target, precise } as unknown as Schemas["PathRequest"];
}
