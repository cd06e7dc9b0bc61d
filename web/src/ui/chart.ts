// Small line charts on a canvas, with the same figures as words beside them.

import { h } from "./dom";

export interface Line {
  name: string;
  colour: string;
  points: [number, number][];
  /** Lowest and highest at each point, shaded. */
  band?: [number, number][];
}

export function chart(title: string, lines: Line[], x: string, y: string): HTMLElement {
  const canvas = h("canvas", { width: 560, height: 190, role: "img", class: "chart-canvas" });
  const all = lines.flatMap((line) => [...line.points, ...(line.band ?? []).flatMap(([low, high], i): [number, number][] => [[line.points[i]![0], low], [line.points[i]![0], high]])]);
  const words = lines.map((line) => `${line.name}: ${line.points.map(([a, b]) => `${a.toFixed(0)} → ${b.toFixed(1)}`).slice(-6).join(", ")}`).join("; ");
  canvas.setAttribute("aria-label", `${title}. ${words}`);
  const context = canvas.getContext("2d");
  if (context && all.length > 0) {
    const [w, hgt] = [canvas.width, canvas.height];
    const [x0, x1] = [Math.min(...all.map((p) => p[0])), Math.max(...all.map((p) => p[0]))];
    const [y0, y1] = [Math.min(...all.map((p) => p[1])), Math.max(...all.map((p) => p[1]))];
    const at = ([a, b]: [number, number]): [number, number] => [46 + ((a - x0) / Math.max(x1 - x0, 1e-9)) * (w - 60), hgt - 30 - ((b - y0) / Math.max(y1 - y0, 1e-9)) * (hgt - 50)];
    context.fillStyle = "#0a0f12";
    context.fillRect(0, 0, w, hgt);
    context.fillStyle = "#a9b6bf";
    context.font = "12px system-ui, sans-serif";
    context.fillText(y1.toFixed(1), 6, 24);
    context.fillText(y0.toFixed(1), 6, hgt - 28);
    context.fillText(`${x0.toFixed(0)} – ${x1.toFixed(0)} ${x}`, 46, hgt - 8);
    context.fillText(y, w - 40, 16);
    for (const line of lines) {
      context.strokeStyle = context.fillStyle = line.colour;
      context.beginPath();
      line.points.map(at).forEach(([px, py], i) => (i === 0 ? context.moveTo(px, py) : context.lineTo(px, py)));
      context.stroke();
      if (line.points.length < 30) line.points.map(at).forEach(([px, py]) => context.fillRect(px - 1.5, py - 1.5, 3, 3));
      if (line.band) {
        context.globalAlpha = 0.13;
        context.beginPath();
        line.band.forEach(([, high], i) => context.lineTo(...at([line.points[i]![0], high])));
        [...line.band].reverse().forEach(([low], i) => context.lineTo(...at([line.points[line.band!.length - 1 - i]![0], low])));
        context.fill();
        context.globalAlpha = 1;
      }
    }
    let across = 52;
    for (const line of lines) {
      context.fillStyle = line.colour;
      context.fillText(line.name, across, 16);
      across += context.measureText(line.name).width + 18;
    }
  }
  return h("figure", { class: "chart-figure" }, h("figcaption", {}, title), canvas);
}
