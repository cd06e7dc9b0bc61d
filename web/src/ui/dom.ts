// Small helpers over the DOM: no framework, no inline style or script.

type Child = Node | string | number | null | undefined | false | Child[];
type Props = Record<string, unknown>;

/** Makes an element. Keys that begin with "on" are listeners, "class" and "data-…" and "aria-…" are attributes. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on") && typeof value === "function") {
      element.addEventListener(key.slice(2), value as EventListener);
    } else if (key in element && !key.includes("-") && key !== "class" && key !== "list" && key !== "form") {
      (element as unknown as Props)[key] = value;
    } else {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...toNodes(children));
  return element;
}

function toNodes(children: Child[]): (Node | string)[] {
  return (children.flat(4) as Exclude<Child, Child[]>[])
    .filter((child): child is Node | string | number => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/** Replaces what is in an element. */
export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...toNodes(children));
}

let counter = 0;

/** A new id, for labels. */
export function uid(name: string): string {
  counter += 1;
  return `${name}-${counter}`;
}

/** A label with its control, and a unit behind it. */
export function field(label: string, control: HTMLElement, unit = "", help = ""): HTMLElement {
  control.id ||= uid("field");
  const describe = help ? uid("help") : "";
  if (help) control.setAttribute("aria-describedby", describe);
  return h(
    "div",
    { class: "field" },
    h("label", { htmlFor: control.id }, label),
    h("span", { class: "control" }, control, unit ? h("span", { class: "unit" }, unit) : null),
    help ? h("small", { id: describe }, help) : null,
  );
}

/** A choice among values with words. */
export function select(options: [string, string][], value: string, onchange: (value: string) => void): HTMLSelectElement {
  const element = h(
    "select",
    { onchange: () => onchange(element.value) },
    options.map(([key, words]) => h("option", { value: key, selected: key === value }, words)),
  );
  element.value = value;
  return element;
}

export function button(words: string, onclick: () => void, props: Props = {}): HTMLButtonElement {
  return h("button", { type: "button", onclick, ...props }, words);
}

/** Says something to a screen reader, and shows it for a while. */
export function announce(words: Child, tone: "calm" | "warn" = "calm"): void {
  const live = document.getElementById("live");
  if (!live) return;
  fill(live, words);
  live.dataset["tone"] = tone;
  live.classList.add("shown");
  window.clearTimeout(Number(live.dataset["timer"] ?? 0));
  live.dataset["timer"] = String(window.setTimeout(() => live.classList.remove("shown"), tone === "warn" ? 9000 : 4000));
}

export function mm(value: number, digits = 1): string {
  return `${value.toFixed(digits)} mm`;
}

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}
