// Performance: the last evaluation in plain sentences and plots, the gate's certificate, slices, and the worst misses.

import { el, verbatim } from "./dom.js";
import { day, number, percent, t } from "./i18n.js";
import { api, problem } from "./service.js";
import { certificateOf } from "./certificate.js";
import { intervalsPlot, reliabilityPlot, riskPlot } from "./plots.js";
import { sentencesOf } from "./told_figures.js";
import { missesOf } from "./misses.js";
import { evaluateForm } from "./evaluate.js";

export async function performanceRoom() {
  const body = el("div", { class: "stack figures" });
  const load = async () => {
    try {
      const [report, ready] = await Promise.all([api("/v1/performance").catch((error) => { if (error.status === 404) return null; throw error; }), api("/readyz")]);
      body.replaceChildren(...reportOf(report, ready).filter(Boolean));
    } catch (error) {
      body.replaceChildren(problem(error));
    }
  };
  await load();
  return el("section", { class: "room performance" },
    el("header", {}, el("h1", { tabindex: -1 }, t("room.performance")), el("p", {}, t("performance.promise"))),
    body, await evaluateForm(load));
}

function reportOf(report, ready) {
  const certificate = certificateOf(ready.certificate ?? report?.certificate);
  if (!report) return [certificate, el("div", { class: "card empty" }, el("p", {}, t("performance.none")), el("p", {}, el("code", { dir: "ltr" }, "assistant eval eval/starter")))];
  const old = report.library && report.library.generation !== ready.generation;
  const made = [report.made && t("performance.made", { date: day(report.made) }), t("performance.set", { set: report.set ?? "–" }), report.split && report.split !== "all" && t("performance.split", { split: report.split }),
    report.library && t("performance.library", { generation: number(report.library.generation), model: report.library.embedding_model })].filter(Boolean);
  const gate = report.gate;
  return [
    el("p", { class: "small muted" }, made.join(" · ")),
    old && el("p", { class: "problem" }, t("performance.old", { generation: number(ready.generation) })),
    el("div", { class: "tiles" }, tiles(report)),
    el("section", { class: "part" }, el("h2", {}, t("performance.words")), el("ul", { class: "sentences" }, sentencesOf(report).map((text) => el("li", {}, text)))),
    certificate,
    gate && el("div", { class: "plots" }, gate.curve?.length > 1 && riskPlot(gate, report.certificate), gate.reliability?.length > 0 && reliabilityPlot(gate)),
    slicesOf(report),
    report.misses && missesOf(report.misses),
  ];
}

function tiles(report) {
  const slice = (name) => report.slices.find((one) => one.slice === name);
  const known = slice("answerable"), unknown = slice("unanswerable"), gate = report.gate;
  const tile = (share, text, interval, digits = 0) => Number.isFinite(share) && el("div", { class: "card tile" }, el("b", {}, percent(share, digits)), el("span", {}, text),
    interval && el("span", { class: "small muted" }, t("performance.between", { low: percent(interval[0], digits), high: percent(interval[1], digits) })));
  return [
    tile(known?.["hit@1"], t("tile.first"), known?.intervals?.["hit@1"]),
    tile(known && known.answered / known.queries, t("tile.answered"), known?.intervals?.answered),
    tile(gate?.risk, t("tile.wrong"), gate?.risk_interval, 1),
    tile(unknown && 1 - unknown.answered / unknown.queries, t("tile.refused"), null, 1),
  ].filter(Boolean);
}

const MEASURES = ["hit@1", "hit@5", "hit@10", "recall@10", "mrr", "ndcg@10", "precision", "exact-set"];

function slicesOf(report) {
  const measures = [...new Set(report.slices.flatMap((one) => Object.keys(one)))].filter((name) => MEASURES.includes(name));
  const figure = (one, name) => {
    const [low, high] = one.intervals?.[name] ?? [];
    return el("td", { class: "number", title: low === undefined ? null : t("performance.between", { low: number(low, 2), high: number(high, 2) }) }, typeof one[name] === "number" ? number(one[name], 2) : "–");
  };
  return el("section", { class: "part" }, el("h2", {}, t("performance.slices")), el("p", { class: "small muted" }, t("performance.slices.means")),
    intervalsPlot(report.slices),
    el("div", { class: "card wide", tabindex: 0, role: "region", "aria-label": t("performance.slices") }, el("table", { class: "slices" },
      el("thead", {}, el("tr", {},
        el("th", { scope: "col" }, t("performance.slice")),
        el("th", { scope: "col", class: "number" }, t("performance.queries")),
        el("th", { scope: "col", class: "number" }, t("performance.answered")),
        measures.map((name) => el("th", { scope: "col", class: "number", title: t(`measure.${name}`) }, name)))),
      el("tbody", {}, report.slices.map((one) => el("tr", {},
        el("th", { scope: "row" }, verbatim("span", {}, one.slice)),
        el("td", { class: "number" }, number(one.queries)),
        el("td", { class: "number" }, number(one.answered)),
        measures.map((name) => figure(one, name))))))),
    el("details", {}, el("summary", {}, t("performance.measures")), el("dl", { class: "measures small" }, measures.map((name) => el("div", {}, el("dt", {}, el("code", {}, name)), el("dd", {}, t(`measure.${name}`)))))));
}
