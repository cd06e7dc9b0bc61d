// The app: a frame, a router over the address's hash, one screen at a time.

import "./style.css";
import { takeToken, token } from "./api/client";
import { button, fill, h } from "./ui/dom";
import { type Key, currentLanguage, setLanguage, t } from "./ui/words";
import { casesScreen } from "./screens/cases";
import { assessScreen } from "./screens/assess";
import { planScreen } from "./screens/plan";
import { quizScreen } from "./screens/quiz";
import { theatreScreen } from "./screens/theatre";
import { debriefScreen } from "./screens/debrief";

/** A screen fills an element and may return what is to be done when it goes. */
export type Screen = (root: HTMLElement, argument: string) => void | (() => void);

const SCREENS: [string, Key, Screen][] = [
  ["cases", "cases", casesScreen],
  ["assess", "assess", assessScreen],
  ["plan", "plan", planScreen],
  ["theatre", "theatre", theatreScreen],
  ["debrief", "debrief", debriefScreen],
];

/** Reached from the theatre, not from the top. */
const QUIZ: [string, Key, Screen] = ["quiz", "quiz", quizScreen];

let leave: void | (() => void);

function route(): void {
  leave?.();
  leave = undefined;
  const [, name = "cases", argument = ""] = location.hash.split("/");
  const screen = [...SCREENS, QUIZ].find(([own]) => own === name) ?? SCREENS[0]!;
  document.documentElement.lang = currentLanguage();
  document.title = `${t(screen[1])} · Rami`;
  const main = h("main", { id: "main", tabIndex: -1, class: `screen-${screen[0]}` });
  const app = document.getElementById("app")!;
  fill(app, header(screen[0]), main, h("div", { id: "live", class: "live", role: "status", "aria-live": "polite" }));
  if (!token()) {
    fill(main, h("section", { class: "card" }, h("h1", {}, t("app")), h("p", {}, t("no_token"))));
    return;
  }
  leave = screen[2](main, argument);
}

function header(active: string): HTMLElement {
  const link = ([name, key]: [string, Key, Screen]): HTMLElement =>
    h("a", { href: `#/${name}`, "aria-current": name === active ? "page" : null }, t(key));
  const other = currentLanguage() === "en" ? "es" : "en";
  const toggle = button(other === "es" ? "Español" : "English", () => {
    setLanguage(other);
    route();
  });
  toggle.lang = other;
  return h(
    "header",
    { class: "top" },
    h("a", { class: "skip", href: "#main", onclick: skip }, t("skip")),
    h("span", { class: "brand" }, t("app"), h("small", {}, t("notice"))),
    h("nav", { "aria-label": t("screens") }, SCREENS.map(link)),
    toggle,
  );
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

takeToken();
window.addEventListener("hashchange", route);
route();
