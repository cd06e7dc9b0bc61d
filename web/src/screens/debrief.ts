// Screen 5: what happened, why, and what it led to. Here the truth is shown.

import { type Schemas, get, post, raw } from "../api/client";
import { announce, button, fill, h, mm, percent } from "../ui/dom";
import { chart } from "../ui/chart";
import { plain, t } from "../ui/words";
import { inWords } from "../theatre/events";
import { Screen } from "../theatre/screen";
import { type Action, type BlockEvent, readPicture } from "../theatre/wire";

interface Line {
  n: number;
  t_s: number;
  action: Action;
  events: BlockEvent[];
  refused: { why: string; first: string } | null;
}

interface Scored {
  score?: Debrief["score"];
  feet?: { t_min: number; toe_c: [number, number] }[];
  plasma?: { t_s: number[]; venous_mg_l: number[] };
}

interface Debrief {
  feet?: Scored["feet"];
  plasma?: Scored["plasma"];
  header: { aim: { target_mm: [number, number, number] } | null; world: string; flow: string; setup: { side: string; level: string; seed: number } };
  lines: Line[];
  deposits: { tip_mm: [number, number, number]; spread: { shares: { [place: string]: number }; cloud_mm?: [number, number, number][]; longitudinal_extent_mm: number } }[];
  block_achieved: boolean;
  score?: {
    percent: number;
    passed: boolean;
    failures: string[];
    points: { id: string; earned: number; possible: number; at_s: number | null; why: string }[];
    measures: { [name: string]: number | null };
    reference?: { [name: string]: number | null };
  } | null;
}

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
    try {
      Object.assign(debrief, await get<Scored>(`/api/sessions/${argument}/score`));
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error), "warn");
    }
    fill(root, h("h1", { class: "with-case" }, t("debrief"), h("small", {}, debrief.header.world)), page(argument, debrief, (next) => (timer = next)));
  };
  void start().catch((error: unknown) => fill(root, h("h1", {}, t("debrief")), h("p", { class: "refusal" }, error instanceof Error ? error.message : String(error))));
  return () => window.clearInterval(timer);
}

function page(id: string, debrief: Debrief, keepTimer: (timer: number) => void): HTMLElement {
  const lines = debrief.lines;
  const screen = new Screen(t("replay"));
  const pictured = lines.filter((line) => line.events.some((event) => event.event === "exposed" && (event["sha256"] as string[] | undefined)?.length));
  const slider = h("input", { type: "range", min: "1", max: String(Math.max(1, lines.length)), step: "1", value: "1", "aria-label": t("line") });
  const words = h("div", { class: "moment", "aria-live": "polite" });
  let busy = false;
  const show = async (n: number): Promise<void> => {
    slider.value = String(n);
    const line = lines[n - 1];
    if (!line) return;
    fill(words, h("p", {}, `${clock(line.t_s)} · ${plain(line.action.do)}`), line.refused ? h("p", { class: "refusal" }, `${line.refused.why}; ${line.refused.first}`) : h("ul", {}, line.events.map((event) => [event, said(event)] as const).filter(([, text]) => text).map(([event, text]) => h("li", { class: hidden(event) ? "truth" : "" }, hidden(event) ? h("span", { class: "tag" }, t("truth")) : null, " ", text))));
    const picture = [...pictured].reverse().find((one) => one.n <= n);
    if (!picture || busy) return;
    busy = true;
    try {
      const response = await raw(`/api/sessions/${id}/picture/${picture.n}`);
      const read = readPicture(await response.arrayBuffer());
      if (read) screen.show(read);
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error), "warn");
    }
    busy = false;
  };
  slider.oninput = () => void show(Number(slider.value));
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
      else void show(next);
    }, 250);
    keepTimer(playing);
  });
  void show(pictured.at(-1)?.n ?? lines.length);
  const temperatures = lines.flatMap((line) => line.events.filter((event) => event.event === "temperatures").map((event) => ({ t: line.t_s / 60, toe: event["toe_c"] as { left: number; right: number } })));
  const feet = debrief.feet?.length ? debrief.feet : null;
  const curve = (side: 0 | 1, name: "left" | "right"): [number, number][] => (feet ? feet.map((one) => [one.t_min, one.toe_c[side]]) : temperatures.map((one) => [one.t, one.toe[name]]));
  const plasma = debrief.plasma;
  const report = async (): Promise<void> => {
    try {
      const { address } = await post<Schemas["Published"]>(`/api/sessions/${id}/report`);
      const dialog = h("dialog", { class: "document", "aria-label": t("report"), onclose: () => dialog.remove() }, h("p", { class: "actions" }, button(t("close"), () => dialog.close())), h("iframe", { src: address, title: t("report"), class: "document" }));
      document.body.append(dialog);
      dialog.showModal();
    } catch (error) {
      announce(error instanceof Error ? error.message : String(error), "warn");
    }
  };
  const tissues = tissueAtTip(lines);
  return h(
    "div",
    { class: "debrief" },
    h("section", { class: "card" }, h("h2", {}, t("replay")), screen.element, h("p", { class: "actions" }, play, slider), words),
    h(
      "div",
      {},
      h("section", { class: "card" }, h("h2", {}, t("score")), scoreOf(debrief, (second) => void show([...lines].reverse().find((line) => line.t_s <= second)?.n ?? 1))),
      h("section", { class: "card" }, h("h2", {}, t("tissue")), tissues),
      h("section", { class: "card" }, chart(t("temperature"), [{ name: t("left"), colour: "#4cc2b4", points: curve(0, "left") }, { name: t("right"), colour: "#f2b45c", points: curve(1, "right") }], "min", "°C")),
      plasma && plasma.t_s.length > 0 ? h("section", { class: "card" }, chart(t("plasma"), [{ name: "mg/l", colour: "#4cc2b4", points: plasma.t_s.map((at, index): [number, number] => [at / 60, plasma.venous_mg_l[index] ?? 0]) }], "min", "mg/l")) : null,
      h("section", { class: "card" }, h("h2", {}, t("spread_h")), spread(debrief)),
      h("section", { class: "card" }, h("h2", {}, t("download")), h("p", { class: "actions" }, button(t("report"), () => void report()), button(t("session_log"), () => void save(`/api/sessions/${id}/session.jsonl`, "session.jsonl")), button(t("debrief_json"), () => void save(`/api/sessions/${id}/debrief`, "debrief.json")))),
    ),
  );
}

async function save(path: string, name: string): Promise<void> {
  const blob = await (await raw(path)).blob();
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  link.click();
  URL.revokeObjectURL(address);
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
      return `${plain(String(event["pattern"]))}: ${String(event["in_words"])}`;
    case "complication_began":
      return `${plain(String(event["complication"]))}: ${String(event["cause"])}`;
    case "deposited":
      return Object.entries(event["shares"] as { [place: string]: number }).map(([place, share]) => `${plain(place)} ${percent(share, 0)}`).join(", ");
    case "pattern_called":
      return `${plain(String(event["pattern"]))} ${event["right"] === true ? "✓" : event["right"] === false ? "✗" : ""}`;
    default:
      return inWords(event);
  }
}

function tissueAtTip(lines: Line[]): HTMLElement {
  const runs: { inside: string; from: number; to: number }[] = [];
  for (const line of lines) {
    for (const event of line.events) {
      if (event.event !== "tip_at") continue;
      const inside = String(event["inside"]);
      const last = runs.at(-1);
      if (last && last.inside === inside) last.to = line.t_s;
      else runs.push({ inside, from: line.t_s, to: line.t_s });
    }
  }
  return runs.length === 0 ? h("p", {}, "–") : h("ol", { class: "tissues" }, runs.map((run) => h("li", {}, `${clock(run.from)} ${plain(run.inside)}`)));
}

function scoreOf(debrief: Debrief, at: (s: number) => void): HTMLElement {
  const score = debrief.score;
  if (!score) return h("p", {}, t("no_score"));
  const reference = score.reference ?? {};
  return h(
    "div",
    {},
    h("p", { class: `verdict ${score.passed ? "clear" : "stop"}` }, `${score.percent.toFixed(0)} %`),
    score.failures.length > 0 ? h("ul", { class: "refusal" }, score.failures.map((why) => h("li", {}, why))) : null,
    h(
      "table",
      {},
      h("tbody", {}, score.points.map((point) => h("tr", { class: point.earned < point.possible ? "bad" : "" }, h("th", { scope: "row" }, plain(point.id)), h("td", {}, `${point.earned.toFixed(1)} / ${point.possible.toFixed(1)}`), h("td", {}, point.at_s == null ? "" : button(clock(point.at_s), () => at(point.at_s!))), h("td", {}, h("small", {}, point.why))))),
    ),
    h("details", {}, h("summary", {}, t("measures")), h("table", {}, h("thead", {}, h("tr", {}, [t("measure"), t("yours"), t("reference")].map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, Object.entries(score.measures).map(([name, value]) => h("tr", {}, h("th", { scope: "row" }, plain(name)), h("td", {}, value == null ? "–" : value.toFixed(2)), h("td", {}, reference[name] == null ? "–" : reference[name]!.toFixed(2))))))),
  );
}

/** Where the fluid lies, from behind and from the side, with the target. */
function spread(debrief: Debrief): HTMLElement {
  const clouds = debrief.deposits.flatMap((deposit) => deposit.spread.cloud_mm ?? []);
  if (debrief.deposits.length === 0) return h("p", {}, t("no_spread"));
  const words = debrief.deposits.map((deposit) => Object.entries(deposit.spread.shares).map(([place, share]) => `${plain(place)} ${percent(share, 0)}`).join(", "));
  const canvas = h("canvas", { width: 560, height: 220, role: "img", "aria-label": `${t("spread_h")}: ${words.join("; ")}` });
  const context = canvas.getContext("2d");
  const middle = debrief.header.aim?.target_mm ?? debrief.deposits[0]!.tip_mm;
  if (context) {
    context.fillStyle = "#0a0f12";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const at = (p: readonly number[], side: number): [number, number] => [140 + side * 280 + (side === 0 ? -(p[0]! - middle[0]!) : p[1]! - middle[1]!) * 1.6, 110 - (p[2]! - middle[2]!) * 1.6];
    context.fillStyle = "rgba(76, 194, 180, 0.5)";
    for (const side of [0, 1]) clouds.forEach((p) => context.fillRect(...at(p, side), 2, 2));
    context.strokeStyle = "#ffd166";
    for (const side of [0, 1]) {
      const [x, y] = at(middle, side);
      context.beginPath();
      context.arc(x, y, 6, 0, 7);
      context.stroke();
    }
    context.fillStyle = "#a9b6bf";
    context.font = "12px system-ui, sans-serif";
    context.fillText("L ← AP → R", 110, 212);
    context.fillText(`A ← ${t("lateral")} → P`, 385, 212);
  }
  return h("div", {}, canvas, h("ul", {}, words.map((one) => h("li", {}, one))));
}
