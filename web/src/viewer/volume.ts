// The only module that knows niivue: 3-D anatomy with transparent skin, the chain as a cloud, the path.

import { NVMesh, Niivue } from "@niivue/niivue";
import { type Candidate, type CaseDetail, type Schemas, raw } from "../api/client";
import { fill, h } from "../ui/dom";
import { nearestLevel } from "../ui/levels";
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

type Mesh = [Float32Array, Uint32Array];

/** A surface as the server lays it out. */
function unpacked(buffer: ArrayBuffer): Mesh {
  const [points = 0, triangles = 0] = new Uint32Array(buffer, 0, 2);
  const pts = new Float32Array(buffer.slice(8, 8 + points * 12));
  for (let i = 0; i < pts.length; i += 3) {
    pts[i] = -pts[i]!;
    pts[i + 1] = -pts[i + 1]!;
  }
  return [pts, new Uint32Array(buffer.slice(8 + points * 12, 8 + (points + triangles) * 12))];
}

async function surface(address: string): Promise<Mesh | null> {
  const response = await raw(address).catch(() => null);
  return response ? unpacked(await response.arrayBuffer()) : null;
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

/** An empty 3-D view and how to put things into it. */
async function scene(space: HTMLElement, label: string): Promise<{ viewer: Niivue; add: (name: string, mesh: Mesh, colour: Rgba, opacity?: number) => NVMesh }> {
  const canvas = h("canvas", { class: "three", tabIndex: 0, role: "img", "aria-label": label });
  fill(space, canvas);
  const viewer = new Niivue({ backColor: [0.04, 0.06, 0.07, 1], show3Dcrosshair: false, isOrientCube: true, dragAndDropEnabled: false });
  await viewer.attachToCanvas(canvas);
  const gl = viewer.gl;
  const add = (name: string, [pts, tris]: Mesh, colour: Rgba, opacity = 1): NVMesh => {
    const mesh = new NVMesh(pts, tris, name, new Uint8Array(colour), opacity, true, gl);
    viewer.addMesh(mesh);
    return mesh;
  };
  // Arrow keys turn it: a view that only a mouse can turn is no view for everybody.
  let [azimuth, elevation] = [160, 10];
  canvas.addEventListener("keydown", (event) => {
    const by: { [key: string]: [number, number] } = { ArrowLeft: [-10, 0], ArrowRight: [10, 0], ArrowUp: [0, 10], ArrowDown: [0, -10] };
    const turn = by[event.key];
    if (!turn) return;
    event.preventDefault();
    event.stopPropagation();
    [azimuth, elevation] = [azimuth + turn[0], Math.max(-90, Math.min(90, elevation + turn[1]))];
    viewer.setRenderAzimuthElevation(azimuth, elevation);
  });
  return { viewer, add };
}

function tube(from: readonly number[], to: readonly number[], radius: number): Mesh {
  const [e, g] = [ras(from), ras(to)];
  const along = Array.from({ length: 120 }, (_, i) => i / 119);
  return balls(along.map((f) => ({ at: [e[0] + (g[0] - e[0]) * f, e[1] + (g[1] - e[1]) * f, e[2] + (g[2] - e[2]) * f], radius })));
}

export async function show(space: HTMLElement, caseId: string, detail: CaseDetail, path: Candidate | null): Promise<void> {
  const { viewer, add } = await scene(space, t("three_d"));
  for (const [name, colour] of SURFACES) {
    const found = await surface(`/api/cases/${caseId}/surface?of=${name}`);
    if (found) add(name, found, colour, name === "skin" ? 0.18 : 1);
  }
  const chain = Object.values(detail.anatomy?.chain ?? {}).flat();
  // A cloud: one, two and three standard deviations about the likeliest course, each fainter.
  for (const [deviations, opacity] of [[1, 0.35], [2, 0.15], [3, 0.07]] as const) {
    add(`chain ${deviations}`, balls(chain.map((point) => ({ at: ras(point.point_mm), radius: Math.max(1, point.sd_mm * deviations) }))), [92, 220, 204, 255], opacity);
  }
  if (path) add("path", tube(path.entry_mm, path.target_mm, 1.2), [255, 209, 102, 255]);
  viewer.setRenderAzimuthElevation(160, 10);
}

export interface Fluids {
  drug: boolean;
  contrast: boolean;
}

/** The outermost shell first: faint outside, dense inside. */
const SHELLS = [0.16, 0.34, 0.75];
export const FLUID: { [of in keyof Fluids]: Rgba } = { drug: [190, 130, 255, 255], contrast: [176, 216, 255, 255] };
/** From the accent colour to a warning red as fibres fail. */
export const failing = (share: number): Rgba => [92 + (255 - 92) * share, 220 - (220 - 90) * share, 204 - (204 - 80) * share, 255];

/** Fluid and block in 3-D; the answer shows a moment, and of its fluids those that are wanted. */
export async function showHours(space: HTMLElement, id: string, caseId: string, detail: CaseDetail, debrief: Schemas["Debrief"], hours: Schemas["Hours"]): Promise<(moment: number, want: Fluids) => Promise<void>> {
  const { viewer, add } = await scene(space, t("spread_h"));
  for (const [name, colour] of SURFACES) {
    const found = name === "kidney" ? null : await surface(`/api/cases/${caseId}/surface?of=${name}`);
    if (found) add(name, found, colour, name === "skin" ? 0.08 : name === "vertebrae" ? 0.6 : 0.8);
  }
  const aim = debrief.header.aim;
  if (aim) add("path", tube(aim.entry_mm, aim.target_mm, 0.9), [255, 209, 102, 255]);
  const levels = ["L2", "L3", "L4"];
  const heights = levels.map((level) => detail.anatomy?.vertebrae_mm[level]?.[2] ?? NaN);
  const parts = (["left", "right"] as const).flatMap((side) => {
    const chain = (detail.anatomy?.chain[side] ?? []).map((point) => point.point_mm);
    const levelOf = (p: readonly number[]): number => nearestLevel(heights, p[2]!);
    return [-1, 0, 1, 2].map((i) => {
      const here = chain.filter((p) => levelOf(p) === i);
      return { side, i, mesh: here.length > 0 ? add(`${levels[i] ?? "beyond"} ${side}`, balls(here.map((p) => ({ at: ras(p), radius: i < 0 ? 1.6 : 2.6 }))), failing(0)) : null };
    });
  });
  viewer.setScale(1.7);
  const drawn = new Map<number, NVMesh>();
  let wanted = 0;
  const shellsOf = (moment: number, want: Fluids): [number, Rgba, number][] =>
    (["contrast", "drug"] as const).flatMap((of) =>
      want[of] ? (hours.moments[moment]?.[of].shells ?? []).map((shell, i): [number, Rgba, number] => [shell.surface, FLUID[of], SHELLS[Math.min(i, SHELLS.length - 1)]!]) : [],
    );
  return async (moment, want) => {
    const mine = ++wanted;
    const shells = shellsOf(moment, want);
    const missing = shells.filter(([number]) => !drawn.has(number));
    const meshes = await Promise.all(missing.map(([number]) => surface(`/api/sessions/${id}/hours/${number}`)));
    missing.forEach(([number, colour, opacity], i) => {
      const mesh = meshes[i];
      if (mesh && !drawn.has(number)) drawn.set(number, add(`fluid ${number}`, mesh, colour, opacity));
    });
    // A scrubber that has moved on meanwhile shows what it stands on now.
    if (mine !== wanted) return;
    const shown = new Set(shells.map(([number]) => number));
    for (const [number, mesh] of drawn) mesh.visible = shown.has(number);
    for (const { side, i, mesh } of parts) {
      if (!mesh) continue;
      mesh.rgba255 = new Uint8Array(failing(hours.moments[moment]?.blocked[side][i] ?? 0));
      mesh.updateMesh(viewer.gl);
    }
    viewer.drawScene();
    space.dataset["shells"] = String(shown.size);
  };
}
