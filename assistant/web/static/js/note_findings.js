// What a note led to: candidates to accept or reject, what the documents ask for and the note lacks, and what was left alone.

import { el, icon, verbatim } from "./dom.js";
import { t } from "./i18n.js";
import { named, written } from "./code_names.js";
import { asText, Numbering } from "./citations.js";
import { candidateOf } from "./outcomes.js";
import { cite } from "./quotes.js";

export function findingsOf(result, state, { copyQuery }) {
  const numbering = new Numbering();
  const cards = result.candidates.map((candidate, at) => cardOf(candidate, at, numbering, state));
  return [
    result.candidates.length ? el("ol", { class: "candidates card" }, cards) : el("p", { class: "card empty" }, t("note.none")),
    missingOf(result, state, numbering, copyQuery),
    leftAlone(result),
  ];
}

function cardOf(candidate, at, numbering, { decisions }) {
  const key = written(candidate.code);
  const card = candidateOf({ distinction: null, ...candidate }, numbering,
    () => candidate.note_evidence.length > 0 && el("p", { class: "small evidence" }, el("span", { class: "muted" }, t("note.because"), " "), candidate.note_evidence.slice(0, 3).map((one) => verbatim("q", { class: "quote" }, one.quote))),
    () => candidate.cautions?.length > 0 && el("div", { class: "cautions small" }, el("h3", {}, t("note.cautions")), el("ul", {}, candidate.cautions.map((one) => el("li", {}, verbatim("span", { class: "quote" }, one.text), " ", cite(one.citation, numbering))))),
    () => decideOf(candidate, decisions));
  card.dataset.at = at;
  show(card, decisions.get(key));
  return card;
}

function decideOf(candidate, decisions) {
  const key = written(candidate.code);
  const button = (decision, shape) => el("button", { type: "button", "data-decide": decision, "aria-pressed": String(decisions.get(key) === decision), "aria-label": t(`decide.${decision}.label`, { code: named(candidate.code) }),
    onclick: (event) => {
      if (decisions.get(key) === decision) decisions.delete(key);
      else decisions.set(key, decision);
      show(event.currentTarget.closest(".candidate"), decisions.get(key));
    } }, icon(shape), t(`decide.${decision}`));
  return el("div", { class: "row decide" }, button("accepted", "check"), button("rejected", "close"));
}

function show(card, decision) {
  card.dataset.decision = decision ?? "";
  for (const button of card.querySelectorAll("[data-decide]")) button.setAttribute("aria-pressed", String(button.dataset.decide === decision));
}

export const missingIn = (result) =>
  result.candidates.flatMap((candidate) => (candidate.missing ?? []).filter((one) => !one.met).map((one) => ({ ...one, code: candidate.code, key: `${written(candidate.code)} ${one.citation.start}` })));

function missingOf(result, { asked }, numbering, copyQuery) {
  const missing = missingIn(result);
  if (!missing.length) return null;
  for (const one of missing) asked.add(one.key);
  const box = (one) => {
    const made = el("input", { type: "checkbox", onchange: (event) => (event.currentTarget.checked ? asked.add(one.key) : asked.delete(one.key)) });
    made.checked = true;
    return made;
  };
  return el("section", { class: "part", "aria-labelledby": "missing" },
    el("div", { class: "row" }, el("h2", { id: "missing" }, t("note.missing")), el("button", { type: "button", class: "end", onclick: copyQuery }, icon("copy"), t("note.query.copy"))),
    el("p", { class: "small muted" }, t("note.missing.means")),
    el("ul", { class: "card checklist" }, missing.map((one) => el("li", {}, el("label", {}, box(one), el("span", {}, verbatim("span", { class: "quote" }, one.requirement), " ", el("span", { class: "code small" }, named(one.code)))), cite(one.citation, numbering)))));
}

// A query leads nobody: it names what a document asks for, and suggests no answer.
export function surgeonQuery(result, asked) {
  const lines = missingIn(result).filter((one) => asked.has(one.key)).map((one) => `[ ] ${one.requirement}\n    ${named(one.code)} — ${asText(one.citation).split("” — ").at(-1)}`);
  return [t("note.query.opening"), "", ...lines, "", t("note.query.closing")].join("\n");
}

// Statements without a candidate, each with the reason: nothing is bent to the nearest code.
function leftAlone(result) {
  const left = result.statements.filter((one) => one.outcome !== "candidates" && (one.outcome === "refused" || one.assertion !== "performed"));
  if (!left.length) return null;
  const why = (one) => (one.assertion !== "performed" ? t(`assertion.${one.assertion}`) : one.outcome === "refused" ? t("note.unsupported") : t("note.no-procedure"));
  return el("details", {}, el("summary", {}, t("note.left", { n: left.length })),
    el("ul", { class: "card checklist" }, left.map((one) => el("li", {}, verbatim("span", { class: "quote" }, one.text), el("span", { class: "tag" }, why(one))))));
}
