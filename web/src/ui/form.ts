// A form from a JSON Schema: typed, with the unit that each key carries, and "not known" for everything that may miss.

import { button, field, fill, h, select } from "./dom";
import { plain, t } from "./words";

export type Schema = { [key: string]: unknown };
type Json = unknown;

const UNITS: [RegExp, string][] = [
  [/_kg$/, "kg"], [/_lb$/, "lb"], [/_cm$/, "cm"], [/_years$/, "years"], [/_weeks$/, "weeks"], [/_hours$/, "h"], [/_days$/, "days"], [/_min$/, "min"], [/_ml_min$/, "ml/min"],
  [/_mg_day$/, "mg/day"], [/_mg$/, "mg"], [/_ml$/, "ml"], [/_c$/, "°C"], [/_mmhg$/, "mmHg"], [/_10e9_l$/, "10⁹/l"], [/_g_l$/, "g/l"], [/_m$/, "m"], [/_percent$/, "%"],
];

function unitOf(key: string): string {
  return UNITS.filter(([ending]) => ending.test(key)).sort((a, b) => b[0].source.length - a[0].source.length)[0]?.[1] ?? "";
}

function labelOf(key: string): string {
  const unit = UNITS.find(([ending]) => ending.test(key));
  const bare = unit ? key.replace(unit[0], "") : key;
  const words = plain(bare);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Makes forms from schemas whose references lead into one document. */
export class Former {
  constructor(
    private readonly root: Schema,
    private readonly changed: () => void,
  ) {}

  private resolve(schema: Schema): Schema {
    let now = schema;
    for (;;) {
      const reference = now["$ref"] as string | undefined;
      if (reference) {
        now = reference.slice(2).split("/").reduce<Schema>((at, part) => at[part] as Schema, this.root);
        continue;
      }
      const choices = (now["anyOf"] ?? now["oneOf"]) as Schema[] | undefined;
      const real = choices?.filter((choice) => choice["type"] !== "null");
      if (real?.length === 1 && real[0]) {
        now = real[0];
        continue;
      }
      const all = now["allOf"] as Schema[] | undefined;
      if (all?.length === 1 && all[0]) {
        now = all[0];
        continue;
      }
      return now;
    }
  }

  private values(schema: Schema): string[] | null {
    if (Array.isArray(schema["enum"])) return schema["enum"] as string[];
    const choices = (schema["oneOf"] ?? schema["anyOf"]) as Schema[] | undefined;
    const words = choices?.flatMap((choice) => (choice["const"] !== undefined ? [String(choice["const"])] : ((choice["enum"] as string[] | undefined) ?? [])));
    return words && words.length > 0 ? words : null;
  }

  private type(schema: Schema): string {
    const type = schema["type"];
    return Array.isArray(type) ? ((type as string[]).find((one) => one !== "null") ?? "") : String(type ?? "");
  }

  /** The fields of an object, written into `value` as they change. */
  object(schema: Schema, value: { [key: string]: Json }, path: string): HTMLElement {
    const properties = (this.resolve(schema)["properties"] ?? {}) as { [key: string]: Schema };
    const simple = h("div", { class: "fields" });
    const rest: HTMLElement[] = [];
    for (const [key, part] of Object.entries(properties)) {
      if (key === "schema") continue;
      const inner = this.resolve(part);
      const type = this.type(inner);
      const at = path ? `${path}.${key}` : key;
      if (type === "object") {
        value[key] ??= {};
        rest.push(this.section(labelOf(key), this.object(inner, value[key] as { [key: string]: Json }, at), path === ""));
      } else if (type === "array") {
        value[key] ??= [];
        const items = this.resolve(inner["items"] as Schema);
        rest.push(
          this.type(items) === "object"
            ? this.section(labelOf(key), this.rows(items, value[key] as { [key: string]: Json }[], at), path === "")
            : field(labelOf(key), this.lines(value, key)),
        );
      } else {
        simple.append(this.leaf(key, inner, value, at));
      }
    }
    return h("div", {}, simple.childElementCount > 0 ? simple : null, rest);
  }

  private section(title: string, body: HTMLElement, top: boolean): HTMLElement {
    return h("details", { class: top ? "section" : "section inner", open: false }, h("summary", {}, title), body);
  }

  private leaf(key: string, schema: Schema, value: { [key: string]: Json }, path: string): HTMLElement {
    const set = (next: Json): void => {
      value[key] = next;
      this.changed();
    };
    const words = this.values(schema);
    const type = this.type(schema);
    let control: HTMLElement;
    if (words) {
      const options: [string, string][] = [["", t("unknown")], ...words.map((word): [string, string] => [word, plain(word)])];
      control = select(options, value[key] === undefined || value[key] === null ? "" : String(value[key]), (v) => set(v === "" ? null : v));
    } else if (type === "boolean") {
      const now = value[key] === true ? "yes" : value[key] === false ? "no" : "";
      control = select([["", t("unknown")], ["yes", t("yes")], ["no", t("no")]], now, (v) => set(v === "" ? null : v === "yes"));
    } else if (type === "number" || type === "integer") {
      const input = h("input", { type: "number", step: "any", value: value[key] === undefined || value[key] === null ? "" : String(value[key]) });
      input.oninput = () => set(input.value === "" ? null : input.valueAsNumber);
      control = input;
    } else {
      const input = h("input", { type: "text", value: typeof value[key] === "string" ? value[key] : "" });
      input.oninput = () => set(input.value === "" ? null : input.value);
      control = input;
    }
    control.setAttribute("data-path", path);
    return field(labelOf(key), control, unitOf(key), String(schema["description"] ?? ""));
  }

  private lines(value: { [key: string]: Json }, key: string): HTMLElement {
    const area = h("textarea", { rows: 3, value: ((value[key] as string[]) ?? []).join("\n") });
    area.oninput = () => {
      value[key] = area.value.split("\n").filter((line) => line.trim() !== "");
      this.changed();
    };
    return area;
  }

  private rows(items: Schema, value: { [key: string]: Json }[], path: string): HTMLElement {
    const body = h("div", {});
    const draw = (): void =>
      fill(
        body,
        value.map((row, index) =>
          h("div", { class: "row" }, this.object(items, row, `${path}[${index}]`), button(t("remove"), () => { value.splice(index, 1); this.changed(); draw(); })),
        ),
        button(t("add"), () => { value.push({}); draw(); }),
      );
    draw();
    return body;
  }
}
