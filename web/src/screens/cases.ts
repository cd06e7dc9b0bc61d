// Screen 1: which people there are; growing one; importing a CT.

import { type CaseSummary, type Schemas, get, post, put } from "../api/client";
import { announce, button, field, fill, h, select } from "../ui/dom";
import { engine, failure } from "../ui/engine";
import { t, translated } from "../ui/words";
import { setWork, work } from "../ui/work";

const VARIANTS = [
  "transitional", "scoliosis", "horseshoe-kidney", "low-kidney", "obese", "osteoporotic", "spondylosis", "left-ivc", "pedicle-screw", "hip", "calcified-aorta",
];

export function casesScreen(root: HTMLElement): () => void {
  const list = h("ul", { class: "cases" });
  let timer = 0;
  let gone = false;
  const refresh = async (): Promise<void> => {
    window.clearTimeout(timer);
    try {
      const cases = await get<CaseSummary[]>("/api/cases");
      if (gone) return;
      const focus = (document.activeElement as HTMLElement | null)?.dataset["key"];
      fill(list, cases.map((one) => card(one, refresh)));
      if (focus) list.querySelector<HTMLElement>(`[data-key="${focus}"]`)?.focus();
      if (cases.some((one) => one.state.state === "opening")) timer = window.setTimeout(() => void refresh(), 700);
    } catch (error) {
      announce(failure(error), "warn");
    }
  };
  fill(
    root,
    h("h1", {}, t("cases")),
    h("p", { class: "lead" }, t("cases_lead")),
    list,
    h("div", { class: "columns" }, growForm(refresh), importForm(refresh)),
  );
  void refresh();
  return () => {
    gone = true;
    window.clearTimeout(timer);
  };
}

function card(one: CaseSummary, refresh: () => Promise<void>): HTMLElement {
  const state = one.state;
  const words =
    state.state === "opening" ? t("opening", { what: translated(state.what) }) : state.state === "refused" ? t("refused") : t(state.state);
  const chosen = work().case === one.id;
  const use = (): void => {
    setWork({ case: one.id, path: null });
    if (state.state === "closed") void post(`/api/cases/${one.id}/open`).then(refresh);
    location.hash = `#/plan/${one.id}`;
  };
  return h(
    "li",
    { class: `card case ${state.state}`, "aria-current": chosen ? "true" : null },
    h("h2", {}, translated(one.name)),
    h("p", { class: "tags" }, h("span", { class: "tag" }, t(one.kind === "built_in" ? "built_in" : one.kind)), h("span", { class: "tag state" }, words)),
    state.state === "refused" ? h("p", { class: "refusal" }, engine(state.reason)) : null,
    one.warnings.length > 0 ? h("ul", { class: "warnings" }, one.warnings.slice(0, 3).map((text) => h("li", {}, engine(text)))) : null,
    state.state === "refused" ? null : button(t("use"), use, { class: "primary", "data-key": one.id, "aria-label": `${t("use")}: ${translated(one.name)}` }),
  );
}

function growForm(refresh: () => Promise<void>): HTMLElement {
  const seed = h("input", { type: "number", min: "0", step: "1", value: "2" });
  let sex = "";
  let variant = "";
  const number = (min: number, max: number): HTMLInputElement => h("input", { type: "number", min: String(min), max: String(max), step: "1", placeholder: t("drawn") });
  const [height, weight, age] = [number(130, 210), number(35, 200), number(18, 95)];
  const value = (input: HTMLInputElement): number | null => (input.value === "" ? null : input.valueAsNumber);
  const problem = h("p", { class: "refusal", role: "alert" });
  const grow = async (): Promise<void> => {
    fill(problem);
    const recipe: Schemas["Recipe"] = {
      seed: seed.valueAsNumber || 0,
      sex: sex || null,
      height_cm: value(height),
      weight_kg: value(weight),
      age_y: value(age),
      variant: variant || null,
    };
    try {
      const made = await post<CaseSummary>("/api/cases/patient", recipe);
      setWork({ case: made.id, path: null });
      await refresh();
    } catch (error) {
      fill(problem, failure(error));
    }
  };
  return h(
    "form",
    { class: "card", onsubmit: (event: Event) => { event.preventDefault(); void grow(); } },
    h("h2", {}, t("grow")),
    h(
      "div",
      { class: "fields" },
      field(t("seed"), seed),
      field(t("sex"), select([["", t("drawn")], ["f", t("female")], ["m", t("male")]], "", (v) => (sex = v))),
      field(t("height"), height, "cm"),
      field(t("weight"), weight, "kg"),
      field(t("age"), age, t("years")),
      field(t("variant"), select([["", t("ordinary")], ...VARIANTS.map((v): [string, string] => [v, v.replaceAll("-", " ")])], "", (v) => (variant = v))),
    ),
    problem,
    h("button", { type: "submit", class: "primary" }, t("grow_go")),
  );
}

function importForm(refresh: () => Promise<void>): HTMLElement {
  const status = h("p", { role: "status" });
  const bar = h("progress", { max: 100, value: 0, hidden: true, "aria-label": t("import") });
  const problem = h("p", { class: "refusal", role: "alert" });
  const name = h("input", { type: "text", maxLength: 80, value: "CT" });
  const gap = h("input", { type: "checkbox" });
  const folder = h("input", { type: "file", multiple: true, hidden: true, webkitdirectory: true, "aria-label": t("choose_folder") });
  const files = h("input", { type: "file", multiple: true, hidden: true, "aria-label": t("choose_files") });
  const send = async (chosen: File[]): Promise<void> => {
    fill(problem);
    if (chosen.length === 0) {
      fill(problem, t("nothing_to_import"));
      return;
    }
    bar.hidden = false;
    try {
      const made = await upload(chosen, name.value, gap.checked, (done, share) => {
        bar.value = share * 100;
        fill(status, share < 1 ? t("uploading", { n: done, m: chosen.length, p: Math.round(share * 100) }) : t("reading"));
      });
      const document = made.document as Schemas["Import"];
      fill(status, t("import_done", { name: document.name, size: document.size_voxels.join(" × ") }), h("br"), `${t("checks")}: ${t("spacing")} ${document.spacing_mm.map((mm) => mm.toFixed(2)).join(" × ")} mm`);
      setWork({ case: made.id, path: null });
    } catch (error) {
      fill(status);
      fill(problem, failure(error));
    }
    bar.hidden = true;
    await refresh();
  };
  folder.onchange = () => void send([...(folder.files ?? [])]);
  files.onchange = () => void send([...(files.files ?? [])]);
  const zone = h(
    "div",
    {
      class: "drop",
      ondragover: (event: DragEvent) => { event.preventDefault(); zone.classList.add("over"); },
      ondragleave: () => zone.classList.remove("over"),
      ondrop: (event: DragEvent) => {
        event.preventDefault();
        zone.classList.remove("over");
        void dropped(event.dataTransfer).then(send);
      },
    },
    h("p", {}, t("drop_here")),
    button(t("choose_folder"), () => folder.click()),
    " ",
    button(t("choose_files"), () => files.click()),
    folder,
    files,
  );
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("import")),
    h("div", { class: "fields" }, field(t("case_name"), name), field(t("allow_gap"), gap)),
    zone,
    bar,
    status,
    problem,
    h("small", {}, t("import_note")),
  );
}

/** All files of what was dropped, folders opened. */
async function dropped(data: DataTransfer | null): Promise<File[]> {
  // Both are read at once: what was dropped is gone after the first wait.
  const items = [...(data?.items ?? [])].filter((item) => item.kind === "file").map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  const entries = items.map((item) => item.entry).filter((entry) => entry !== null);
  const found: File[] = items.flatMap((item) => (item.entry === null && item.file ? [item.file] : []));
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      found.push(await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)));
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (part.length === 0) return;
      for (const one of part) await walk(one);
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

/** What a dropped file is meant to be, by its name alone. */
export function kindOf(name: string, all: readonly string[]): "ct" | "labels" {
  if (!/\.nii(\.gz)?$/i.test(name)) return "ct";
  if (/label|seg|mask/i.test(name)) return "labels";
  const nifti = all.filter((other) => /\.nii(\.gz)?$/i.test(other));
  return nifti.length > 1 && !/(^|[/_-])ct([._-]|$)/i.test(name) && nifti.some((other) => /(^|[/_-])ct([._-]|$)/i.test(other)) ? "labels" : "ct";
}

async function upload(
  files: File[],
  name: string,
  allowGap: boolean,
  progress: (done: number, share: number) => void,
): Promise<Schemas["Imported"]> {
  const total = files.reduce((sum, file) => sum + file.size, 0) || 1;
  const names = files.map((file) => file.name);
  const { id } = await post<Schemas["UploadBegun"]>("/api/imports");
  let before = 0;
  for (const [index, file] of files.entries()) {
    const query = new URLSearchParams({ kind: kindOf(file.name, names), name: file.name });
    await put(`/api/imports/${id}/files?${query}`, file, (bytes) => progress(index, Math.min((before + bytes) / total, 0.999)));
    before += file.size;
  }
  progress(files.length, 1);
  return post(`/api/imports/${id}/finish`, { name, allow_gap: allowGap });
}
