// Screen 5: what happened, why, and what it led to. Here the truth is shown.

import { Newest, type Schemas, get, post, raw } from "../api/client";
import { announce, button, fill, h, mm, percent } from "../ui/dom";
import { engine, failure } from "../ui/engine";
import { chart } from "../ui/chart";
import { plain, t, translated } from "../ui/words";
import { hoursOf } from "../ui/hours";
import { record } from "../theatre/video";
import { inWords } from "../theatre/events";
import { Screen } from "../theatre/screen";
import { ANATOMY_SHOWN, type BlockEvent, type Picture, Wire, readPicture } from "../theatre/wire";

type Line = Schemas["Debrief"]["lines"][number];
type Debrief = Schemas["Debrief"];
type Scored = Schemas["Scored"];
type Lesson = Schemas["Lesson"];

export function debriefScreen(root: HTMLElement, argument: string): () => void {
  let timer = 0;
  fill(root, h("h1", {}, t("debrief")), h("p", { role: "status" }, t("loading")));
  const start = async (): Promise<void> => {
    if (!argument) {
      const sessions = await get<Schemas["RoomSummary"][]>("/api/sessions");
      fill(root, h("h1", {}, t("debrief")), h("section", { class: "card" }, h("h2", {}, t("choose_block")), sessions.length === 0 ? h("p", {}, t("none_yet")) : h("ul", { class: "sessions" }, sessions.map((one) => h("li", {}, h("a", { href: `#/debrief/${one.id}` }, `${one.name} · ${one.lines}`))))));
      return;
    }
    const debrief = await get<Debrief>(`/api/sessions/${argument}/debrief`);
    const [scored, sessions, lessons] = await Promise.all([
      get<Scored>(`/api/sessions/${argument}/score`).catch((error: unknown) => {
        announce(failure(error), "warn");
        return null;
      }),
      get<Schemas["RoomSummary"][]>("/api/sessions"),
      get<Lesson[]>("/api/failures"),
    ]);
    if (!debrief.over) counted(argument, debrief);
    const lesson = lessons.find((one) => debrief.header.operator.endsWith(`failure ${one.failure}`)) ?? null;
    const caseId = sessions.find((one) => one.id === argument)?.case ?? null;
    fill(
      root,
      h("h1", { class: "with-case" }, t("debrief"), h("small", {}, engine(debrief.header.world))),
      debrief.over ? null : h("p", { class: "lead" }, t("not_over"), " ", h("a", { href: `#/theatre/${argument}` }, t("theatre"))),
      page({ id: argument, debrief, scored, lesson, caseId }, (next) => (timer = next)),
    );
  };
  void start().catch((error: unknown) => fill(root, h("h1", {}, t("debrief")), h("p", { class: "refusal" }, failure(error))));
  return () => window.clearInterval(timer);
}

/** The debriefing shows the truth: whoever looks before the end has seen the anatomy, by whatever way they came. */
function counted(id: string, debrief: Debrief): void {
  const seen = debrief.lines.some(({ action }) => action.do === "note" && action.text === ANATOMY_SHOWN);
  if (seen || debrief.lines.length === 0) return;
  const wire: Wire = new Wire(id, {
    view: () => undefined,
    picture: () => undefined,
    answer: () => undefined,
    state: (open) => {
      if (open) void wire.act({ do: "note", text: ANATOMY_SHOWN }).then(() => wire.close());
    },
  });
}

interface Block {
  id: string;
  debrief: Debrief;
  scored: Scored | null;
  lesson: Lesson | null;
  caseId: string | null;
}

function page(block: Block, keepTimer: (timer: number) => void): HTMLElement {
  const { id, debrief, scored, lesson } = block;
  const lines = debrief.lines;
  const screen = new Screen(t("replay"));
  const pictured = lines.filter((line) => (line.events ?? []).some((event) => event.event === "exposed" && event.sha256?.length));
  const slider = h("input", { type: "range", min: "1", max: String(Math.max(1, lines.length)), step: "1", value: "1", "aria-label": t("line") });
  const words = h("div", { class: "moment", "aria-live": "polite" });
  // A scrubber that moves on forgets the pictures it passed over.
  const newest = new Newest<Picture | null>(
    (picture) => picture && screen.show(picture),
    (error) => announce(failure(error), "warn"),
  );
  const show = (n: number): void => {
    slider.value = String(n);
    const line = lines[n - 1];
    if (!line) return;
    fill(words, h("p", {}, `${clock(line.t_s)} · ${plain(line.action.do)}`), line.refused ? h("p", { class: "refusal" }, engine(line.refused.why), "; ", engine(line.refused.first)) : h("ul", {}, (line.events ?? []).map((event) => [event, said(event)] as const).filter(([, text]) => text).map(([event, text]) => h("li", { class: hidden(event) ? "truth" : "" }, hidden(event) ? h("span", { class: "tag" }, t("truth")) : null, " ", text))));
    const picture = [...pictured].reverse().find((one) => one.n <= n);
    if (picture) newest.ask(async () => readPicture(await (await raw(`/api/sessions/${id}/picture/${picture.n}`)).arrayBuffer()));
  };
  slider.oninput = () => show(Number(slider.value));
  let playing = 0;
  const play = button(t("play"), () => {
    window.clearInterval(playing);
    if (play.getAttribute("aria-pressed") === "true") {
      play.setAttribute("aria-pressed", "false");
      play.textContent = t("play");
      return;
    }
    play.setAttribute("aria-pressed", "true");
    play.textContent = t("pause");
    playing = window.setInterval(() => {
      const next = Number(slider.value) + 1;
      if (next > lines.length) play.click();
      else show(next);
    }, 250);
    keepTimer(playing);
  });
  show(pictured.at(-1)?.n ?? lines.length);
  const temperatures = lines.flatMap((line) => (line.events ?? []).flatMap((event) => (event.event === "temperatures" ? [{ t: line.t_s / 60, toe: event.toe_c }] : [])));
  const feet = scored?.feet.length ? scored.feet : null;
  const curve = (side: 0 | 1, name: "left" | "right"): [number, number][] => (feet ? feet.map((one) => [one.t_min, one.toe_c[side]!]) : temperatures.map((one) => [one.t, one.toe[name]]));
  const plasma = scored?.plasma;
  const PAIN: { [mechanism: string]: string } = { transmission: "#4cc2b4", central_gain: "#f2b45c", expectation: "#c493b4", mixture: "#e6ecef" };
  const recorded = h("p", { role: "status" });
  const video = button(t("video"), () => {
    video.disabled = true;
    record(id, screen, pictured.map((line) => line.n), (n, m) => fill(recorded, t("recording", { n, m })))
      .then((blob) => {
        fill(recorded, blob ? "" : t("no_recorder"));
        if (blob) download(blob, "block.webm");
      })
      .catch((error: unknown) => fill(recorded, failure(error)))
      .finally(() => (video.disabled = false));
  });
  const report = async (): Promise<void> => {
    try {
      const { address } = await post<Schemas["Published"]>(`/api/sessions/${id}/report`);
      const dialog = h("dialog", { class: "document", "aria-label": t("report"), onclose: () => dialog.remove() }, h("p", { class: "actions" }, button(t("close"), () => dialog.close())), h("iframe", { src: address, title: t("report"), class: "document" }));
      document.body.append(dialog);
      dialog.showModal();
    } catch (error) {
      announce(failure(error), "warn");
    }
  };
  const tissues = tissueAtTip(lines);
  return h(
    "div",
    { class: "debrief" },
    h(
      "div",
      {},
      h("section", { class: "card" }, h("h2", {}, t("replay")), screen.element, h("p", { class: "actions" }, play, slider), words),
      lesson ? h("section", { class: "card" }, h("h2", {}, t("lesson")), h("p", {}, engine(lesson.teaches)), h("p", { class: "small" }, `${t("expert")}: ${lesson.expert.map((step) => doing(step as unknown as { do: string; [key: string]: unknown })).join(" → ")}`)) : null,
      h("section", { class: "card" }, h("h2", {}, t("tissue")), tissues),
      h("section", { class: "card" }, h("h2", {}, t("spread_h")), spread(block)),
      h("section", { class: "card" }, chart(t("temperature"), [{ name: t("left"), colour: "#4cc2b4", points: curve(0, "left") }, { name: t("right"), colour: "#f2b45c", points: curve(1, "right") }], "min", "°C")),
      h("section", { class: "card" }, h("h2", {}, t("download")), h("p", { class: "actions" }, button(t("report"), () => void report()), button(t("report_html"), () => void saveReport(id)), button(t("report_pdf"), () => void save(`/api/sessions/${id}/report.pdf`, "report.pdf")), button(t("session_log"), () => void save(`/api/sessions/${id}/session.jsonl`, "session.jsonl")), button(t("debrief_json"), () => void save(`/api/sessions/${id}/debrief`, "debrief.json")), button(t("score_json"), () => void save(`/api/sessions/${id}/score`, "score.json")), video), recorded),
    ),
    h(
      "div",
      {},
      h("section", { class: "card" }, h("h2", {}, t("score")), scoreOf(scored, (second) => show([...lines].reverse().find((line) => line.t_s <= second)?.n ?? 1))),
      scored && scored.chain.length > 0 ? h("section", { class: "card" }, chart(t("chain_block"), ["L2", "L3", "L4"].map((name, i) => ({ name, colour: ["#4cc2b4", "#f2b45c", "#c493b4"][i]!, points: scored.chain.map((at): [number, number] => [at.t_min / 60, 100 * at.blocked[debrief.header.setup?.side ?? "left"][i]!]) })), "h", "%"), h("small", {}, t("chain_note"))) : null,
      scored && scored.pain.length > 0 ? h("section", { class: "card" }, chart(t("pain"), scored.pain.map((one) => ({ name: plain(one.mechanism), colour: PAIN[one.mechanism] ?? "#e6ecef", points: one.t_h.map((at, i): [number, number] => [at / 24, one.median[i]!]), ...(one.mechanism === "mixture" ? { band: one.q05.map((low, i): [number, number] => [low, one.q95[i]!]) } : {}) })), "d", "NRS"), h("small", {}, t("pain_note"), " ", engine(scored.pain_statement ?? ""))) : null,
      plasma && plasma.t_s.length > 0 ? h("section", { class: "card" }, chart(t("plasma"), [{ name: "mg/l", colour: "#4cc2b4", points: plasma.t_s.map((at, index): [number, number] => [at / 60, plasma.venous_mg_l[index] ?? 0]) }], "min", "mg/l")) : null,
    ),
  );
}

async function save(path: string, name: string): Promise<void> {
  try {
    download(await (await raw(path)).blob(), name);
  } catch (error) {
    announce(failure(error), "warn");
  }
}

async function saveReport(id: string): Promise<void> {
  try {
    const { address } = await post<Schemas["Published"]>(`/api/sessions/${id}/report`);
    download(await (await raw(address)).blob(), "report.html");
  } catch (error) {
    announce(failure(error), "warn");
  }
}

function download(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A step of a scripted case in a few words. */
function doing(step: { do: string; [key: string]: unknown }): string {
  const more = [step["pattern"], step["complication"], step["label"], (step["with"] as { remedy?: string } | undefined)?.remedy].filter((one): one is string => typeof one === "string");
  return `${plain(step.do)}${more.length > 0 ? ` (${more.map(plain).join(", ")})` : ""}`;
}

const clock = (s: number): string => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const HIDDEN = ["tip_at", "entered", "deposited", "contrast_shown", "complication_began"];
const hidden = (event: BlockEvent): boolean => HIDDEN.includes(event.event);

function said(event: BlockEvent): string {
  switch (event.event) {
    case "tip_at":
      return plain(String(event["inside"]));
    case "entered":
      return `${plain(String(event["structure"]))}, ${mm(Number(event["depth_mm"]))}`;
    case "contrast_shown":
      return `${plain(String(event["pattern"]))}: ${translated(String(event["in_words"]))}`;
    case "complication_began":
      return `${plain(String(event["complication"]))}: ${translated(String(event["cause"]))}`;
    case "deposited":
      return Object.entries(event["shares"] as { [place: string]: number }).map(([place, share]) => `${plain(place)} ${percent(share, 0)}`).join(", ");
    case "pattern_called":
      return `${plain(String(event["pattern"]))} ${event["right"] === true ? "✓" : event["right"] === false ? "✗" : ""}`;
    default:
      return inWords(event);
  }
}

const TISSUES: [RegExp, string][] = [[/vessel|aorta|cava|artery|vena/, "#e05a5a"], [/kidney|urin|ureter/, "#d98a3d"], [/psoas|muscle|autochthon|quadratus|gluteus/, "#a0688c"], [/bone|vertebra|sacrum/, "#e6e6d2"], [/disc/, "#8fb3d9"], [/nerve|root|cord|thecal|canal/, "#f0dc6e"], [/prevertebral/, "#4cc2b4"], [/skin|fat/, "#8a7a5c"]];

/** A strip of colours, and the same as a list. */
function tissueAtTip(lines: Line[]): HTMLElement {
  const runs: { inside: string; from: number; to: number }[] = [];
  for (const line of lines) {
    for (const event of line.events ?? []) {
      if (event.event !== "tip_at") continue;
      const inside = String(event.inside);
      const last = runs.at(-1);
      if (last) last.to = line.t_s;
      if (!last || last.inside !== inside) runs.push({ inside, from: line.t_s, to: line.t_s });
    }
  }
  if (runs.length === 0) return h("p", {}, "–");
  const strip = h("canvas", { width: 560, height: 26, role: "img", "aria-label": `${t("tissue")}: ${runs.map((run) => `${clock(run.from)} ${plain(run.inside)}`).join(", ")}` });
  const context = strip.getContext("2d");
  const [from, to] = [runs[0]!.from, Math.max(runs.at(-1)!.to, runs[0]!.from + 1)];
  const colour = (inside: string): string => TISSUES.find(([pattern]) => pattern.test(inside))?.[1] ?? "#667885";
  if (context) {
    for (const run of runs) {
      const x = ((run.from - from) / (to - from)) * 560;
      context.fillStyle = colour(run.inside);
      context.fillRect(x, 0, Math.max(2, ((run.to - run.from) / (to - from)) * 560), 26);
    }
  }
  return h("div", {}, strip, h("ol", { class: "tissues" }, runs.map((run) => h("li", {}, `${clock(run.from)} ${plain(run.inside)}`))));
}

function scoreOf(scored: Scored | null, at: (s: number) => void): HTMLElement {
  const score = scored?.score;
  if (!score) return h("p", {}, t("no_score"));
  const reference = score.reference ?? {};
  return h(
    "div",
    {},
    h("p", { class: `verdict ${score.passed ? "clear" : "stop"}` }, `${score.percent.toFixed(0)} %`),
    score.failures.length > 0 ? h("ul", { class: "refusal" }, score.failures.map((why) => h("li", {}, engine(why)))) : null,
    h(
      "table",
      {},
      h("tbody", {}, score.points.map((point) => h("tr", { class: point.earned < point.possible ? "bad" : "" }, h("th", { scope: "row" }, plain(point.id)), h("td", { class: "figure" }, `${point.earned.toFixed(1)} / ${point.possible.toFixed(1)}`), h("td", {}, point.at_s == null ? "" : button(clock(point.at_s), () => at(point.at_s!))), h("td", {}, h("small", {}, engine(point.why)))))),
    ),
    h("details", {}, h("summary", {}, t("measures")), h("p", { class: "small" }, t("reference_note")), h("table", {}, h("thead", {}, h("tr", {}, [t("measure"), t("yours"), t("reference"), t("difference")].map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, Object.entries(score.measures).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, plain(name)), h("td", {}, value == null ? "–" : value.toFixed(2)), h("td", {}, reference[name] == null ? "–" : reference[name]!.toFixed(2)), h("td", {}, value == null || reference[name] == null ? "–" : (value - reference[name]!).toFixed(2))))))),
  );
}

/** Where the fluid is at the end, in words, and then in space and time. */
function spread(block: Block): HTMLElement {
  const { id, debrief, caseId } = block;
  if (debrief.deposits.length === 0) return h("p", {}, t("no_spread"));
  const words = debrief.deposits.map((deposit) => Object.entries(deposit.spread.shares).filter(([, share]) => share >= 0.005).sort(([, a], [, b]) => b - a).map(([place, share]) => `${plain(place)} ${percent(share, 0)}`).join(", "));
  return h("div", {}, h("ul", {}, words.map((one) => h("li", {}, one))), caseId ? hoursOf(id, caseId, debrief) : null);
}
