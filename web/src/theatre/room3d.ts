// C-arm, table and patient as a small wire drawing that turns: where the machine stands, at a glance.

import { h } from "../ui/dom";
import type { View } from "./wire";

type V = [number, number, number];

export class RoomView {
  readonly canvas = h("canvas", { width: 300, height: 210, role: "img", tabIndex: 0 });
  private turn = 0.6;
  private last: View | null = null;

  constructor(label: string) {
    this.canvas.setAttribute("aria-label", label);
    this.canvas.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
        this.turn += event.key === "ArrowLeft" ? -0.15 : 0.15;
        event.stopPropagation();
        if (this.last) this.draw(this.last);
      }
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.buttons === 1 && this.last) {
        this.turn += event.movementX / 100;
        this.draw(this.last);
      }
    });
  }

  draw(view: View): void {
    this.last = view;
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { width, height } = this.canvas;
    context.fillStyle = "#0a0f12";
    context.fillRect(0, 0, width, height);
    // The room's up is the patient's back: they lie prone. Seen from the foot end, a little from above.
    const flat = ([x, y, z]: V): [number, number] => {
      const [a, b] = [x * Math.cos(this.turn) - z * Math.sin(this.turn), x * Math.sin(this.turn) + z * Math.cos(this.turn)];
      const scale = 0.125;
      return [width / 2 + a * scale * 1.05, height / 2 - (y * 0.94 - b * 0.3) * scale];
    };
    const line = (points: V[], colour: string, wide = 1.3): void => {
      context.strokeStyle = colour;
      context.lineWidth = wide;
      context.beginPath();
      points.map(flat).forEach(([px, py], i) => (i === 0 ? context.moveTo(px, py) : context.lineTo(px, py)));
      context.stroke();
    };
    const table = (z: number): V[] => [[-230, -150, z], [230, -150, z]];
    line([[-230, -150, -800], [230, -150, -800], [230, -150, 800], [-230, -150, 800], [-230, -150, -800]], "#667885");
    line(table(0), "#667885");
    for (const z of [-600, -400, -200, 0, 200, 400]) {
      const ring: V[] = [];
      for (let i = 0; i <= 24; i++) {
        const a = (i / 24) * 2 * Math.PI;
        ring.push([Math.cos(a) * (z > -300 ? 165 : 110), -40 + Math.sin(a) * 100, z]);
      }
      line(ring, "#3d5160");
    }
    const [p, s] = [(view.c_arm.primary_deg * Math.PI) / 180, (view.c_arm.secondary_deg * Math.PI) / 180];
    // d of the conventions, with y turned up: the detector behind a prone person stands above them.
    const d: V = [Math.sin(p) * Math.cos(s), -Math.cos(p) * Math.cos(s), Math.sin(s)];
    const at = (length: number): V => [-d[0] * length, d[1] * length, d[2] * length];
    const detector = at(400);
    const source = at(-600);
    const arc: V[] = [];
    for (let i = 0; i <= 20; i++) {
      const a = Math.PI * (i / 20);
      const [c, n] = [Math.cos(a), Math.sin(a)];
      arc.push([detector[0] * Math.max(c, 0) + source[0] * Math.max(-c, 0), detector[1] * Math.max(c, 0) + source[1] * Math.max(-c, 0), detector[2] * Math.max(c, 0) + source[2] * Math.max(-c, 0) + n * 560]);
    }
    line(arc, "#9db0bc", 2.2);
    line([source, detector], "rgba(76, 194, 180, 0.6)");
    const box = (centre: V, size: number, colour: string): void => {
      const [x, y] = flat(centre);
      context.fillStyle = colour;
      context.fillRect(x - size / 2, y - size / 2, size, size);
    };
    box(detector, 22, "#4cc2b4");
    box(source, 12, "#a9b6bf");
    if (view.needle) {
      const iso = view.c_arm.isocentre_mm as V;
      const local = (q: V): V => [-(q[0] - iso[0]), q[1] - iso[1], q[2] - iso[2]];
      const [e, dir] = [view.needle.entry_mm as V, view.needle.direction as V];
      line([local([e[0] - dir[0] * 150, e[1] - dir[1] * 150, e[2] - dir[2] * 150]), local(e)], "#ffd166", 2);
    }
  }
}
