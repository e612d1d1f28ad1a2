// What a note led to: candidates to accept or reject, what the documents ask for and the note lacks, and what was left alone.

import { el, icon, verbatim } from "./dom.js";
import { t } from "./i18n.js";
import { named, written } from "./code_names.js";
import { originOf, placeOf } from "./citations.js";
import { candidateOf, nearestOf } from "./outcomes.js";
import { cite } from "./quotes.js";

export function findingsOf(result, state, numbering, { copyQuery }) {
  let asked = null;
  const cards = result.candidates.map((candidate, at) => cardOf(candidate, at, numbering, state, () => asked?.dispatchEvent(new Event("decided"))));
  asked = askedOf(result, state, numbering, copyQuery);
  return [
    result.candidates.length ? el("ol", { class: "candidates card" }, cards) : el("p", { class: "card empty" }, t("note.none")),
    asked,
    result.nearest?.length > 0 && el("details", {}, el("summary", {}, t("note.nearest", { n: result.nearest.length })), el("div", { class: "card inner" }, nearestOf(result.nearest))),
    leftAlone(result),
  ];
}

function cardOf(candidate, at, numbering, { decisions }, changed) {
  const key = written(candidate.code);
  const card = candidateOf(candidate, numbering, [
    () => candidate.note_evidence.length > 0 && el("p", { class: "small evidence" }, el("span", { class: "muted" }, t("note.because"), " "), quotesOf(candidate.note_evidence.slice(0, 3))),
    () => candidate.cautions?.length > 0 && el("div", { class: "cautions small" }, el("h3", {}, t("note.cautions")), el("ul", {}, candidate.cautions.map((one) => el("li", {}, verbatim("span", { class: "quote" }, one.text), " ", cite(one.citation, numbering))))),
    () => decideOf(candidate, decisions, changed),
  ]);
  card.dataset.at = at;
  show(card, decisions.get(key));
  return card;
}

const quotesOf = (evidence) => evidence.map((one) => verbatim("q", { class: "quote" }, one.quote));

function decideOf(candidate, decisions, changed) {
  const key = written(candidate.code);
  const button = (decision, shape) => el("button", { type: "button", "data-decide": decision, "aria-pressed": String(decisions.get(key) === decision), "aria-label": t(`decide.${decision}.label`, { code: named(candidate.code) }),
    onclick: (event) => {
      if (decisions.get(key) === decision) decisions.delete(key);
      else decisions.set(key, decision);
      show(event.currentTarget.closest(".candidate"), decisions.get(key));
      changed();
    } }, icon(shape), t(`decide.${decision}`));
  return el("div", { class: "row decide" }, button("accepted", "check"), button("rejected", "close"));
}

function show(card, decision) {
  card.dataset.decision = decision ?? "";
  for (const button of card.querySelectorAll("[data-decide]")) button.setAttribute("aria-pressed", String(button.dataset.decide === decision));
}

const keyOf = (candidate, one) => `${written(candidate.code)} ${one.citation.document_id} ${one.citation.start}`;

// What each candidate's page asks a note to say: what is missing as a checklist, what is there with the words that say it.
function askedOf(result, { unasked, decisions }, numbering, copyQuery) {
  const asking = result.candidates.filter((candidate) => candidate.missing?.length || candidate.met?.length);
  if (!asking.length) return null;
  const groups = asking.map((candidate) => [candidate, groupOf(candidate, unasked, numbering)]);
  const none = el("p", { class: "card empty" }, t("note.missing.none"));
  const refresh = () => {
    for (const [candidate, group] of groups) group.hidden = decisions.get(written(candidate.code)) === "rejected";
    const some = groups.some(([candidate, group]) => !group.hidden && candidate.missing?.length);
    none.hidden = some;
    copy.hidden = !some;
  };
  const copy = el("button", { type: "button", class: "end", onclick: copyQuery }, icon("copy"), t("note.query.copy"));
  const section = el("section", { class: "part", "aria-labelledby": "missing", ondecided: refresh },
    el("div", { class: "row" }, el("h2", { id: "missing" }, t("note.missing")), copy),
    el("p", { class: "small muted" }, t("note.missing.means")), groups.map(([, group]) => group), none);
  refresh();
  return section;
}

function groupOf(candidate, unasked, numbering) {
  const box = (one) => {
    const key = keyOf(candidate, one);
    const made = el("input", { type: "checkbox", onchange: (event) => (event.currentTarget.checked ? unasked.delete(key) : unasked.add(key)) });
    made.checked = !unasked.has(key);
    return made;
  };
  const missing = candidate.missing ?? [], met = candidate.met ?? [];
  return el("div", { class: "card asked", role: "group", "aria-label": named(candidate.code) },
    el("p", { class: "asked-of" }, el("span", { class: "code" }, named(candidate.code)), " ", verbatim("span", { class: "small muted" }, candidate.title)),
    missing.length > 0 && el("ul", { class: "checklist" }, missing.map((one) => el("li", {}, el("label", {}, box(one), verbatim("span", { class: "quote" }, one.requirement)), cite(one.citation, numbering)))),
    met.length > 0 && el("details", { class: "met" }, el("summary", {}, icon("check"), " ", t("note.met", { n: met.length })),
      el("ul", { class: "checklist" }, met.map((one) => el("li", {}, el("div", {}, verbatim("span", { class: "quote" }, one.requirement), el("p", { class: "small evidence" }, el("span", { class: "muted" }, t("note.because"), " "), quotesOf(one.note_evidence ?? []))), cite(one.citation, numbering))))));
}

// A query leads nobody: it names what a document asks for, once each, and no code, and suggests no answer.
export function surgeonQuery(result, { unasked, decisions }) {
  const wanted = new Map();
  for (const candidate of result.candidates) {
    if (decisions.get(written(candidate.code)) === "rejected") continue;
    for (const one of candidate.missing ?? []) if (!unasked.has(keyOf(candidate, one)) && !wanted.has(one.requirement)) wanted.set(one.requirement, one.citation);
  }
  const lines = [...wanted].map(([requirement, citation]) => `[ ] ${requirement}\n    (${originOf({ ...citation, document_title: citation.document_id })}, ${placeOf(citation)})`);
  return [t("note.query.opening"), "", ...lines, "", t("note.query.closing")].join("\n");
}

// Statements without a candidate, each with the reason: nothing is bent to the nearest code.
export function leftAlone(result) {
  const left = (result.statements ?? []).filter((one) => one.outcome !== "candidates" && (one.outcome === "refused" || one.assertion !== "performed"));
  if (!left.length) return null;
  const why = (one) => (one.assertion !== "performed" ? t(`assertion.${one.assertion}`) : t("note.unsupported"));
  return el("details", {}, el("summary", {}, t("note.left", { n: left.length })),
    el("ul", { class: "card checklist" }, left.map((one) => el("li", {}, verbatim("span", { class: "quote" }, one.text), el("span", { class: "tag" }, why(one))))));
}
