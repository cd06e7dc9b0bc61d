// The only module that knows niivue: 3-D anatomy with transparent skin, the chain as a cloud, the path.

import { NVMesh, Niivue } from "@niivue/niivue";
import { type Candidate, type CaseDetail, raw } from "../api/client";
import { fill, h } from "../ui/dom";
import { t } from "../ui/words";

/** Whether this browser can draw in 3-D at all. */
export function hasWebGL(): boolean {
  return document.createElement("canvas").getContext("webgl2") !== null;
}

type Rgba = [number, number, number, number];

const SURFACES: [string, Rgba][] = [
  ["vertebrae", [226, 220, 198, 255]],
  ["kidney", [190, 96, 78, 255]],
  ["aorta", [214, 66, 66, 255]],
  ["inferior_vena_cava", [86, 128, 208, 255]],
  ["skin", [200, 170, 150, 255]],
];

/** niivue thinks in RAS. */
const ras = ([x, y, z]: readonly number[]): [number, number, number] => [-(x ?? 0), -(y ?? 0), z ?? 0];

async function surface(caseId: string, of: string): Promise<[Float32Array, Uint32Array] | null> {
  const response = await raw(`/api/cases/${caseId}/surface?of=${of}`).catch(() => null);
  if (!response) return null;
  const buffer = await response.arrayBuffer();
  const [points = 0, triangles = 0] = new Uint32Array(buffer, 0, 2);
  const pts = new Float32Array(buffer.slice(8, 8 + points * 12));
  for (let i = 0; i < pts.length; i += 3) {
    pts[i] = -pts[i]!;
    pts[i + 1] = -pts[i + 1]!;
  }
  return [pts, new Uint32Array(buffer.slice(8 + points * 12, 8 + (points + triangles) * 12))];
}

/** A tube or a row of balls as a mesh. */
function balls(points: { at: [number, number, number]; radius: number }[]): [Float32Array, Uint32Array] {
  const pts: number[] = [];
  const tris: number[] = [];
  const [rings, around] = [5, 8];
  for (const { at, radius } of points) {
    const base = pts.length / 3;
    for (let i = 0; i <= rings; i++) {
      for (let j = 0; j < around; j++) {
        const [v, u] = [(Math.PI * i) / rings, (2 * Math.PI * j) / around];
        pts.push(at[0] + radius * Math.sin(v) * Math.cos(u), at[1] + radius * Math.sin(v) * Math.sin(u), at[2] + radius * Math.cos(v));
      }
    }
    for (let i = 0; i < rings; i++) {
      for (let j = 0; j < around; j++) {
        const [a, b] = [base + i * around + j, base + i * around + ((j + 1) % around)];
        tris.push(a, a + around, b, b, a + around, b + around);
      }
    }
  }
  return [new Float32Array(pts), new Uint32Array(tris)];
}

export async function show(space: HTMLElement, caseId: string, detail: CaseDetail, path: Candidate | null): Promise<void> {
  const canvas = h("canvas", { class: "three", tabIndex: 0, role: "img", "aria-label": t("three_d") });
  fill(space, canvas);
  const viewer = new Niivue({ backColor: [0.06, 0.08, 0.1, 1], show3Dcrosshair: false, isOrientCube: true, dragAndDropEnabled: false });
  await viewer.attachToCanvas(canvas);
  const gl = viewer.gl;
  const add = (name: string, [pts, tris]: [Float32Array, Uint32Array], colour: Rgba, opacity = 1): void => {
    viewer.addMesh(new NVMesh(pts, tris, name, new Uint8Array(colour), opacity, true, gl));
  };
  for (const [name, colour] of SURFACES) {
    const found = await surface(caseId, name);
    if (found) add(name, found, colour, name === "skin" ? 0.18 : 1);
  }
  const chain = Object.values(detail.anatomy?.chain ?? {}).flat();
  add("chain", balls(chain.map((point) => ({ at: ras(point.point_mm), radius: Math.max(1, point.sd_mm) }))), [92, 220, 204, 255], 0.35);
  if (path) {
    const [e, g] = [ras(path.entry_mm), ras(path.target_mm)];
    const along = Array.from({ length: 120 }, (_, i) => i / 119);
    add("path", balls(along.map((f) => ({ at: [e[0] + (g[0] - e[0]) * f, e[1] + (g[1] - e[1]) * f, e[2] + (g[2] - e[2]) * f], radius: 1.2 }))), [255, 209, 102, 255]);
  }
  viewer.setRenderAzimuthElevation(160, 10);
}
