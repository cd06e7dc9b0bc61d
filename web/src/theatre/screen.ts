// A fluoroscopy screen: grey levels through a window onto a canvas, with side, angles and clock written on it.

import { h } from "../ui/dom";
import type { Picture } from "./wire";

export class Screen {
  readonly canvas = h("canvas", { width: 512, height: 512, tabIndex: 0, role: "img" });
  readonly element: HTMLElement;
  private picture: Picture | null = null;
  private image: ImageData | null = null;
  private readonly caption = h("figcaption", {});
  private readonly table = new Uint8ClampedArray(256);
  zoom = 1;
  /** What is drawn over the picture. */
  over: ((context: CanvasRenderingContext2D, picture: Picture) => void) | null = null;
  window = 256;
  level = 128;

  constructor(title: string) {
    this.element = h("figure", { class: "fluoro" }, this.canvas, this.caption);
    this.canvas.setAttribute("aria-label", title);
    this.title = title;
    this.caption.textContent = title;
  }
  private readonly title: string;

  show(picture: Picture): void {
    this.picture = picture;
    this.paint();
  }

  get current(): Picture | null {
    return this.picture;
  }

  paint(): void {
    const { picture, canvas } = this;
    const context = canvas.getContext("2d", { alpha: false });
    if (!picture || !context) return;
    if (canvas.width !== picture.columns || canvas.height !== picture.rows) {
      canvas.width = picture.columns;
      canvas.height = picture.rows;
    }
    if (!this.image || this.image.width !== picture.columns) this.image = context.createImageData(picture.columns, picture.rows);
    for (let v = 0; v < 256; v++) this.table[v] = ((v - this.level) / this.window + 0.5) * 255;
    const out = new Uint32Array(this.image.data.buffer);
    const { grey } = picture;
    for (let i = 0; i < grey.length; i++) {
      const v = this.table[grey[i]!]!;
      out[i] = 0xff000000 | (v << 16) | (v << 8) | v;
    }
    context.putImageData(this.image, 0, 0);
    if (this.zoom > 1) {
      const [w, hgt] = [picture.columns / this.zoom, picture.rows / this.zoom];
      context.drawImage(canvas, (picture.columns - w) / 2, (picture.rows - hgt) / 2, w, hgt, 0, 0, picture.columns, picture.rows);
    }
    this.over?.(context, picture);
    this.write(context, picture);
  }

  private write(context: CanvasRenderingContext2D, picture: Picture): void {
    const behind = Math.abs(picture.primary) > 90;
    const [left, right] = Math.abs(Math.abs(picture.primary) - 90) < 45 ? (picture.primary > 0 ? ["A", "P"] : ["P", "A"]) : behind ? ["L", "R"] : ["R", "L"];
    context.font = "600 15px system-ui, sans-serif";
    const words = (text: string, x: number, y: number): void => {
      context.lineWidth = 3;
      context.strokeStyle = "#000";
      context.strokeText(text, x, y);
      context.fillStyle = "#e9eef1";
      context.fillText(text, x, y);
    };
    words(left ?? "", 8, picture.rows / 2);
    words(right ?? "", picture.columns - 20, picture.rows / 2);
    words("H", picture.columns / 2 - 5, 18);
    const clock = `${Math.floor(picture.clock / 60)}:${String(Math.floor(picture.clock % 60)).padStart(2, "0")}`;
    this.caption.textContent = `${this.title} · ${picture.primary.toFixed(0)}° / ${picture.secondary.toFixed(0)}° · ${clock}${this.zoom > 1 ? ` · ×${this.zoom}` : ""}`;
    // The bar is a centimetre at the isocentre.
    const centimetre = (10 / picture.mmPerPixel) * this.zoom;
    context.fillStyle = "#e9eef1";
    context.fillRect(picture.columns - 16 - centimetre, picture.rows - 16, centimetre, 3);
  }
}
