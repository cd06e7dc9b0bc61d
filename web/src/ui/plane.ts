// A slice that the server draws, with what the app draws over it: cursor, path, chain. Handles can be dragged.

import { Newest, type Schemas, raw } from "../api/client";
import { fill, h } from "./dom";

export type Vec = [number, number, number];
export type Geometry = Schemas["PlaneGeometry"];
export type PlaneName = Schemas["Plane"];

export interface Overlay {
  entry: Vec | null;
  target: Vec | null;
  refused: boolean;
  chain: Vec[][];
  chainSd: number[][];
}

export interface PlaneOptions {
  caseId: string;
  name: PlaneName;
  title: string;
  letters: [string, string, string, string];
  center: () => Vec;
  overlay: () => Overlay;
  moved: (which: "entry" | "target", to: Vec) => void;
  centred: (to: Vec) => void;
  failed: (error: unknown) => void;
}

const sub = (a: Vec, b: Vec): Vec => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const dot = (a: Vec, b: Vec): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const plus = (a: Vec, b: Vec, f: number): Vec => [a[0] + b[0] * f, a[1] + b[1] * f, a[2] + b[2] * f];

const SIZE = 384;
const GRAB_PX = 16;

export class PlaneView {
  readonly element: HTMLElement;
  private readonly canvas = h("canvas", { width: SIZE, height: SIZE });
  private bitmap: ImageBitmap | null = null;
  private geometry: Geometry | null = null;
  private readonly newest: Newest<[ImageBitmap, Geometry]>;
  private held: "entry" | "target" | "pan" | null = null;
  private pixel = 0.75;

  constructor(private readonly options: PlaneOptions) {
    this.newest = new Newest(([bitmap, geometry]) => {
      this.bitmap?.close();
      this.bitmap = bitmap;
      this.geometry = geometry;
      this.paint();
    }, options.failed);
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", options.title);
    this.element = h("figure", { class: "plane" }, this.canvas, h("figcaption", {}, options.title));
    this.listen();
  }

  /** Asks for the slice again, because the middle or the needle moved. */
  refresh(): void {
    const { caseId, name } = this.options;
    const overlay = this.options.overlay();
    const [x, y, z] = this.options.center();
    const query = new URLSearchParams({ plane: name, x: String(x), y: String(y), z: String(z), pixel_mm: String(this.pixel), width: String(SIZE), height: String(SIZE) });
    if (name === "along" || name === "along_sagittal" || name === "across") {
      if (!overlay.entry || !overlay.target) return;
      query.set("needle", [...overlay.entry, ...overlay.target].map((v) => v.toFixed(3)).join(","));
    }
    this.newest.ask(async () => {
      const response = await raw(`/api/cases/${caseId}/slice?${query}`);
      const geometry = JSON.parse(response.headers.get("x-rami-plane") ?? "null") as Geometry;
      return [await createImageBitmap(await response.blob()), geometry];
    });
    this.paint();
  }

  describe(words: string): void {
    this.canvas.setAttribute("aria-label", `${this.options.title}. ${words}`);
  }

  private toPixel(point: Vec): [number, number, number] {
    const g = this.geometry!;
    const off = sub(point, g.centre as Vec);
    const normal = cross(g.right as Vec, g.down as Vec);
    return [dot(off, g.right as Vec) / g.pixel_mm + (g.width - 1) / 2, dot(off, g.down as Vec) / g.pixel_mm + (g.height - 1) / 2, dot(off, normal)];
  }

  /** The point under a pixel, as deep in the plane's normal as `like` is. */
  private toPoint(column: number, row: number, like: Vec): Vec {
    const g = this.geometry!;
    const normal = cross(g.right as Vec, g.down as Vec);
    let point = plus(g.centre as Vec, g.right as Vec, (column - (g.width - 1) / 2) * g.pixel_mm);
    point = plus(point, g.down as Vec, (row - (g.height - 1) / 2) * g.pixel_mm);
    return plus(point, normal, dot(sub(like, g.centre as Vec), normal));
  }

  paint(): void {
    const context = this.canvas.getContext("2d");
    if (!context || !this.bitmap || !this.geometry) return;
    context.drawImage(this.bitmap, 0, 0);
    const { entry, target, refused, chain, chainSd } = this.options.overlay();
    chain.forEach((side, s) =>
      side.forEach((point, i) => {
        const [c, r, d] = this.toPixel(point);
        if (Math.abs(d) > 4) return;
        context.beginPath();
        context.arc(c, r, Math.max(2, (chainSd[s]?.[i] ?? 2) / this.geometry!.pixel_mm), 0, Math.PI * 2);
        context.strokeStyle = "rgba(92, 220, 204, 0.75)";
        context.setLineDash([3, 3]);
        context.stroke();
        context.setLineDash([]);
      }),
    );
    if (entry && target) {
      const [ec, er] = this.toPixel(entry);
      const [tc, tr] = this.toPixel(target);
      context.lineWidth = 2;
      context.strokeStyle = refused ? "#ff8a75" : "#ffd166";
      context.beginPath();
      context.moveTo(ec, er);
      context.lineTo(tc, tr);
      context.stroke();
      for (const [letter, c, r] of [["E", ec, er], ["T", tc, tr]] as [string, number, number][]) {
        context.beginPath();
        context.arc(c, r, 7, 0, Math.PI * 2);
        context.stroke();
        context.fillStyle = "#ffffff";
        context.font = "600 12px system-ui, sans-serif";
        context.fillText(letter, c + 10, r - 6);
      }
      context.lineWidth = 1;
    }
    const [left, right, top, bottom] = this.options.letters;
    context.fillStyle = "#d5dde2";
    context.font = "600 13px system-ui, sans-serif";
    context.fillText(left, 6, SIZE / 2);
    context.fillText(right, SIZE - 16, SIZE / 2);
    context.fillText(top, SIZE / 2 - 4, 16);
    context.fillText(bottom, SIZE / 2 - 4, SIZE - 8);
  }

  private at(event: PointerEvent | WheelEvent): [number, number] {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
  }

  private listen(): void {
    const { canvas, options } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.geometry) return;
      const [c, r] = this.at(event);
      const { entry, target } = options.overlay();
      const near = (point: Vec | null): number => {
        if (!point) return Infinity;
        const [pc, pr] = this.toPixel(point);
        return Math.hypot(pc - c, pr - r);
      };
      const [e, t] = [near(entry), near(target)];
      this.held = Math.min(e, t) > GRAB_PX ? "pan" : e < t ? "entry" : "target";
      canvas.setPointerCapture(event.pointerId);
      if (this.held === "pan") options.centred(this.toPoint(c, r, options.center()));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.held || !this.geometry) return;
      const [c, r] = this.at(event);
      if (this.held === "pan") return;
      const { entry, target } = options.overlay();
      const like = this.held === "entry" ? entry : target;
      if (like) options.moved(this.held, this.toPoint(c, r, like));
    });
    canvas.addEventListener("pointerup", () => (this.held = null));
    canvas.addEventListener("pointercancel", () => (this.held = null));
    canvas.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.step(Math.sign(event.deltaY) * 2);
      },
      { passive: false },
    );
    canvas.addEventListener("keydown", (event) => {
      const arrows: { [key: string]: [number, number] } = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      const arrow = arrows[event.key];
      if (event.key === "PageUp") this.step(-2);
      else if (event.key === "PageDown") this.step(2);
      else if (event.key === "+") this.zoom(0.8);
      else if (event.key === "-") this.zoom(1.25);
      else if (arrow && this.geometry) {
        const { entry, target } = options.overlay();
        const which = event.ctrlKey ? "entry" : event.shiftKey ? "target" : null;
        const from = which === "entry" ? entry : which === "target" ? target : options.center();
        if (!from) return;
        const to = plus(plus(from, this.geometry.right as Vec, arrow[0]), this.geometry.down as Vec, arrow[1]);
        if (which) options.moved(which, to);
        else options.centred(to);
      } else return;
      event.preventDefault();
    });
  }

  private zoom(by: number): void {
    this.pixel = Math.min(2, Math.max(0.25, this.pixel * by));
    this.refresh();
  }

  private step(mm: number): void {
    if (!this.geometry) return;
    const normal = cross(this.geometry.right as Vec, this.geometry.down as Vec);
    this.options.centred(plus(this.options.center(), normal, mm));
  }

  remove(): void {
    fill(this.element);
  }
}
