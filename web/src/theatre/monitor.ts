// The monitor: an ECG-like trace at the pulse's rate, pressure, saturation, both feet, and the block's clock.

import { fill, h } from "../ui/dom";
import { t } from "../ui/words";
import type { View } from "./wire";

export class Monitor {
  private readonly trace = h("canvas", { width: 300, height: 54, role: "img" });
  private readonly figures = h("dl", { class: "monitor" });
  private readonly absent = h("p", { class: "small" });
  readonly element = h("section", { class: "card monitored", "aria-label": t("monitor") }, this.trace, this.figures, this.absent);
  private rate = 0;
  private timer = 0;
  private readonly still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor() {
    this.trace.setAttribute("aria-label", t("trace"));
    const step = (now: number): void => {
      this.draw(this.still ? 0 : now / 1000);
      this.timer = this.still ? 0 : requestAnimationFrame(step);
    };
    this.timer = requestAnimationFrame(step);
  }

  show(view: View): void {
    const vitals = view.vitals;
    this.rate = vitals?.heart_rate_per_min ?? 0;
    const last = view.temperatures.at(-1);
    const toe = (side: "left" | "right"): string => (last ? `${last.toe_c[side].toFixed(1)} °C` : "–");
    const clock = `${Math.floor(view.clock_s / 60)}:${String(Math.floor(view.clock_s % 60)).padStart(2, "0")}`;
    const rows: [string, string, string][] = [
      [t("clock"), clock, ""],
      [t("pulse"), vitals ? vitals.heart_rate_per_min.toFixed(0) : "–", "/min"],
      [t("pressure"), vitals ? vitals.mean_pressure_mmhg.toFixed(0) : "–", "mmHg"],
      ["SpO₂", vitals ? vitals.spo2_percent.toFixed(0) : "–", "%"],
      [t("left_toe"), toe("left"), ""],
      [t("right_toe"), toe("right"), ""],
    ];
    fill(this.figures, rows.map(([name, value, unit]) => h("div", {}, h("dt", {}, name), h("dd", {}, value, unit ? h("small", {}, ` ${unit}`) : null))));
    fill(this.absent, view.monitored ? "" : t("no_monitor"));
  }

  private draw(now: number): void {
    const context = this.trace.getContext("2d");
    if (!context) return;
    const { width, height } = this.trace;
    context.fillStyle = "#0a0f12";
    context.fillRect(0, 0, width, height);
    context.strokeStyle = "#7fd18c";
    context.beginPath();
    for (let x = 0; x < width; x++) {
      const beat = this.rate > 0 ? ((now - (width - x) / 90) * this.rate) / 60 : 0.5;
      const phase = beat - Math.floor(beat);
      const bump = (at: number, wide: number, tall: number): number => tall * Math.exp(-(((phase - at) / wide) ** 2));
      const y = this.rate > 0 ? bump(0.2, 0.03, 5) - bump(0.33, 0.012, 6) + bump(0.36, 0.012, 30) - bump(0.39, 0.014, 9) + bump(0.6, 0.05, 8) : 0;
      context.lineTo(x, height * 0.68 - y);
    }
    context.stroke();
  }

  stop(): void {
    cancelAnimationFrame(this.timer);
  }
}
