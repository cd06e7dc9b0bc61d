// "Show me the anatomy": structures over the live picture and a slice along the needle. Asking is counted by the server.

import { type Schemas, get } from "../api/client";
import { fill, h } from "../ui/dom";
import { failure } from "../ui/engine";
import { PlaneView, type Vec } from "../ui/plane";
import { plain, t } from "../ui/words";
import type { View } from "./wire";

type Overlay = Schemas["Overlay"];

const COLOURS: [string, string][] = [["vertebrae", "#e6e6d2"], ["kidney", "#e08a72"], ["aorta", "#f06a6a"], ["inferior_vena_cava", "#7aa6f0"], ["iliopsoas", "#c493b4"], ["sympathetic_trunk", "#5cdccc"], ["ureter", "#ffd166"], ["genitofemoral", "#f0a6ff"]];

function colourOf(name: string): string {
  return COLOURS.find(([start]) => name.startsWith(start))?.[1] ?? "#d5dde2";
}

export class Anatomy {
  readonly panel = h("section", { class: "card anatomy", hidden: true, "aria-label": t("show_anatomy") });
  private overlay: Overlay | null = null;
  private plane: PlaneView | null = null;
  private view: View | null = null;
  private on = false;
  private key = "";
  private readonly words = h("p", { role: "status" });
  private readonly legend = h("ul", { class: "legend" });

  constructor(
    private readonly id: string,
    private readonly changed: () => void,
  ) {}

  get shown(): boolean {
    return this.on;
  }

  show(on: boolean): void {
    this.on = on;
    this.panel.hidden = !on;
    this.key = "";
    if (this.view) void this.follow(this.view);
    this.changed();
  }

  /** Asks again when C-arm or needle have moved. */
  async follow(view: View): Promise<void> {
    this.view = view;
    if (!this.on || view.anatomy_shown === 0) return;
    const key = JSON.stringify([view.c_arm, view.needle?.tip_mm]);
    if (key === this.key) return;
    this.key = key;
    try {
      const overlay = await get<Overlay>(`/api/sessions/${this.id}/anatomy`);
      if (this.key === key) this.take(overlay, view);
    } catch (error) {
      fill(this.words, failure(error));
    }
  }

  private take(overlay: Overlay, view: View): void {
    this.overlay = overlay;
    this.plane ??= new PlaneView({
      caseId: view.case,
      name: "along",
      title: t("along"),
      letters: ["R", "L", "A", "P"],
      center: () => this.tip() ?? ([0, 0, 0] as Vec),
      overlay: () => ({ entry: (this.view?.needle?.entry_mm as Vec | undefined) ?? null, target: this.tip(), refused: false, chain: [], chainSd: [] }),
      moved: () => undefined,
      centred: () => undefined,
      failed: () => undefined,
    });
    fill(this.words, overlay.tip ? t("tip_in", { place: plain(overlay.tip.inside) }) : t("no_needle"));
    const names = [...new Set([...overlay.outlines, ...overlay.courses].map((one) => one.name.replace(/_(left|right)$/, "").replace(/_[TLS]\d+$/, "")))];
    fill(this.legend, names.map((name) => {
      const swatch = h("canvas", { width: 10, height: 10, "aria-hidden": "true" });
      const context = swatch.getContext("2d");
      if (context) {
        context.fillStyle = colourOf(name);
        context.fillRect(0, 0, 10, 10);
      }
      return h("li", {}, swatch, " ", plain(name));
    }));
    fill(this.panel, h("h2", {}, t("anatomy_now")), this.words, overlay.tip ? this.plane.element : null, this.legend);
    if (overlay.tip) this.plane.refresh();
    this.changed();
  }

  private tip(): Vec | null {
    return (this.view?.needle?.tip_mm as Vec | null | undefined) ?? null;
  }

  /** Draws over a picture of so many rows. */
  draw(context: CanvasRenderingContext2D, primary: number, secondary: number): void {
    const overlay = this.overlay;
    if (!this.on || !overlay || Math.abs(overlay.primary_deg - primary) > 0.5 || Math.abs(overlay.secondary_deg - secondary) > 0.5) return;
    context.globalAlpha = 0.75;
    for (const { name, cell_px: cell, px } of overlay.outlines) {
      context.fillStyle = colourOf(name);
      for (const [row, column] of px as [number, number][]) context.fillRect(column - cell / 4, row - cell / 4, cell / 2, cell / 2);
    }
    context.lineWidth = 2;
    for (const { name, px } of overlay.courses) {
      context.strokeStyle = colourOf(name);
      context.beginPath();
      (px as [number, number][]).forEach(([row, column], i) => (i === 0 ? context.moveTo(column, row) : context.lineTo(column, row)));
      context.stroke();
    }
    if (overlay.tip) {
      const [row, column] = overlay.tip.px as [number, number];
      context.strokeStyle = "#ffffff";
      context.beginPath();
      context.arc(column, row, 7, 0, 7);
      context.stroke();
    }
    context.globalAlpha = 1;
    context.lineWidth = 1;
  }
}
