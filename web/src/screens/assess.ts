// Screen 2: the chart, what it means, and the decision aid.

import { type Assessment, type Chart, type Schemas, get, post } from "../api/client";
import { button, field, fill, h, percent } from "../ui/dom";
import { engine, failure } from "../ui/engine";
import { Former, type Schema } from "../ui/form";
import { currentLanguage, plain, t } from "../ui/words";
import { enteredChart, keptChart, work } from "../ui/work";

export function assessScreen(root: HTMLElement): void {
  const form = h("div", { class: "chart" }, t("loading"));
  const answer = h("div", { class: "answer", "aria-live": "polite" });
  const problem = h("p", { class: "refusal", role: "alert" });
  const beside = h("input", { type: "checkbox", disabled: work().path === null });
  let chart: { [key: string]: unknown } = {};
  const request = (): Schemas["ChartRequest"] => ({
    chart: chart as unknown as Chart,
    language: currentLanguage(),
    ...(beside.checked ? { case: work().case, plan: { side: work().side } as Schemas["PlanRequest"] } : {}),
  });
  const attempt = async (what: () => Promise<void>): Promise<void> => {
    fill(problem);
    try {
      await what();
    } catch (error) {
      fill(problem, failure(error));
      const named = /chart field ([\w.[\]]+)/.exec(problem.textContent ?? "")?.[1];
      const control = named ? form.querySelector<HTMLElement>(`[data-path="${named}"]`) : null;
      control?.closest("details")?.setAttribute("open", "");
      control?.focus();
    }
  };
  const assess = (): Promise<void> =>
    attempt(async () => fill(answer, assessment(await post<Assessment>("/api/assess", request()))));
  const decide = (): Promise<void> =>
    attempt(async () => {
      const { address } = await post<Schemas["Published"]>("/api/decide", request());
      fill(answer, h("iframe", { src: address, class: "document", title: t("decide_go") }));
    });
  fill(
    root,
    h("h1", {}, t("assess")),
    h(
      "div",
      { class: "columns wide" },
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("chart")),
        h("p", {}, t("chart_lead")),
        form,
        field(t("with_plan"), beside),
        h("p", { class: "actions" }, button(t("assess_go"), () => void assess(), { class: "primary" }), button(t("decide_go"), () => void decide())),
        problem,
      ),
      h("section", { class: "card" }, answer),
    ),
  );
  const changed = (): void => sessionStorage.setItem(keptChart(), JSON.stringify(chart));
  void attempt(async () => {
    const [description, example] = await Promise.all([get<Schema>("/api/openapi.json"), get<{ [key: string]: unknown }>("/api/chart/example")]);
    chart = enteredChart() ?? example;
    const schema = ((description["components"] as Schema)["schemas"] as Schema)["Chart"] as Schema;
    fill(form, new Former(description, changed).object(schema, chart, ""));
    await assess();
  });
}

function assessment(found: Assessment): HTMLElement {
  const outcome = found.outcome as "stop" | "caution" | "clear";
  const status = (word: string): string => (word === "met" ? t("met") : word === "not_met" ? t("not_met") : t("cannot_say"));
  return h(
    "div",
    {},
    h("p", { class: `verdict ${outcome}` }, t(`outcome_${outcome}`)),
    h("h2", {}, t("findings")),
    found.findings.every((finding) => finding.outcome === "clear") ? h("p", {}, t("none_found")) : null,
    h(
      "ul",
      { class: "findings" },
      found.findings
        .filter((finding) => finding.outcome !== "clear")
        .map((finding) => h("li", { class: finding.outcome }, h("strong", {}, plain(finding.id)), " ", engine(finding.why), finding.action ? h("span", { class: "small" }, " ", engine(finding.action)) : null)),
    ),
    h("h2", {}, t("criteria")),
    h(
      "ul",
      { class: "criteria" },
      found.indication.criteria.map((criterion) =>
        h("li", {}, engine(criterion.name), " ", h("span", { class: `tag ${criterion.status}` }, status(criterion.status)), criterion.missing?.length ? h("span", { class: "small" }, ` ${criterion.missing.map(plain).join(", ")}`) : null),
      ),
    ),
    h("h2", {}, t("doses")),
    h("ul", {}, found.doses.lines.map((line) => h("li", {}, `${line.syringe}: ${line.mass_mg.toFixed(0)} mg, ${percent(line.share, 0)} ${t("share_of_max")}`))),
    h("h2", {}, t("risks")),
    h("ul", { class: "risks" }, found.risks.map((risk) => h("li", {}, h("strong", {}, engine(risk.name)), " ", riskWords(risk)))),
    found.missing.length > 0 ? [h("h2", {}, t("missing")), h("p", { class: "small" }, found.missing.map(plain).join(", "))] : null,
    h("details", {}, h("summary", {}, t("sources")), h("p", { class: "small" }, found.evidence.join(", "))),
  );
}

function riskWords(risk: Assessment["risks"][number]): HTMLElement | string {
  const rate = risk.rates[0];
  if (rate) return `${t("of_people", { low: (rate.low * 100).toFixed(1), high: (rate.high * 100).toFixed(1) })} (${rate.observed})`;
  return risk.no_rate ? engine(risk.no_rate) : t("no_figure");
}
