// Plots drawn as SVG. Each says in words what it shows, and a table or sentence beside it holds the figures.

import { el, svg } from "./dom.js";
import { percent, t } from "./i18n.js";

const W = 400, H = 240, LEFT = 46, RIGHT = 12, TOP = 12, BOTTOM = 38;
const x = (share) => LEFT + share * (W - LEFT - RIGHT);
const y = (share) => H - BOTTOM - share * (H - TOP - BOTTOM);
const point = (value) => Math.round(value * 10) / 10;

function frame(title, text, { top = 1, across, up }, ...drawn) {
  const steps = [0, 0.25, 0.5, 0.75, 1];
  return el("figure", { class: "card plot" }, el("figcaption", {}, el("h3", {}, title), el("p", { class: "small muted" }, text)),
    svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `${title}. ${text}`, direction: "ltr" },
      steps.map((share) => [
        svg("line", { class: "grid", x1: LEFT, x2: W - RIGHT, y1: y(share), y2: y(share) }),
        svg("text", { x: LEFT - 6, y: y(share) + 3.5, "text-anchor": "end" }, percent(share * top, top < 0.1 ? 1 : 0)),
        svg("text", { x: x(share), y: H - BOTTOM + 15, "text-anchor": "middle" }, percent(share)),
      ]),
      svg("text", { class: "axis", x: x(0.5), y: H - 4, "text-anchor": "middle" }, across),
      svg("text", { class: "axis", x: -y(0.5), y: 10, transform: "rotate(-90)", "text-anchor": "middle" }, up),
      drawn));
}

// How often answers are wrong when only so many of the queries are answered, the surest first.
export function riskPlot(gate, certificate) {
  const highest = Math.max(0.05, ...gate.curve.map(([, risk]) => risk));
  const top = Math.min(1, Math.ceil(highest * 20) / 20);
  const path = gate.curve.map(([coverage, risk], at) => `${at ? "L" : "M"}${point(x(coverage))} ${point(y(Math.min(1, risk / top)))}`).join("");
  const here = Number.isFinite(gate.coverage) && Number.isFinite(gate.risk);
  const promised = certificate?.risk;
  return frame(t("plot.risk"), t("plot.risk.means"), { top, across: t("plot.coverage"), up: t("plot.share-wrong") },
    promised && promised <= top && svg("line", { class: "promise", x1: LEFT, x2: W - RIGHT, y1: y(promised / top), y2: y(promised / top) }),
    svg("path", { class: "curve", d: path }),
    here && svg("circle", { class: "here", cx: x(gate.coverage), cy: y(Math.min(1, gate.risk / top)), r: 4.5 }, svg("title", {}, t("plot.here", { coverage: percent(gate.coverage), risk: percent(gate.risk, 1) }))));
}

// What confidence promises against what is observed; on the diagonal it keeps its word.
export function reliabilityPlot(gate) {
  const bins = gate.reliability.filter((one) => one.count > 0);
  const most = Math.max(...bins.map((one) => one.count));
  return frame(t("plot.reliability"), t("plot.reliability.means"), { across: t("plot.confidence"), up: t("plot.observed") },
    svg("line", { class: "promise", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    svg("path", { class: "curve", d: bins.map((one, at) => `${at ? "L" : "M"}${point(x(one.confidence))} ${point(y(one.observed))}`).join("") }),
    bins.map((one) => svg("circle", { class: "bin", cx: point(x(one.confidence)), cy: point(y(one.observed)), r: point(2.5 + 4 * Math.sqrt(one.count / most)) },
      svg("title", {}, t("plot.bin", { n: one.count, confidence: percent(one.confidence), observed: percent(one.observed) })))));
}

// How often the right one came first in each slice, with its interval.
export function intervalsPlot(slices) {
  const shown = slices.filter((one) => Number.isFinite(one["hit@1"]));
  if (!shown.length) return null;
  return el("ul", { class: "card intervals", "aria-label": t("plot.slices") }, shown.map((one) => {
    const [low, high] = one.intervals?.["hit@1"] ?? [one["hit@1"], one["hit@1"]];
    return el("li", {}, el("span", { dir: "auto" }, one.slice),
      svg("svg", { viewBox: "0 0 200 12", preserveAspectRatio: "none", "aria-hidden": "true" },
        svg("rect", { class: "track", x: 0, y: 5, width: 200, height: 2 }), svg("rect", { class: "span", x: low * 200, y: 4, width: Math.max(1, (high - low) * 200), height: 4 }),
        svg("rect", { class: "dot", x: Math.min(196.5, one["hit@1"] * 200 - 1.75), y: 1, width: 3.5, height: 10 })),
      el("span", { class: "number" }, percent(one["hit@1"])));
  }));
}
