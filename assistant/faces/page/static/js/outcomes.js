// An answer and a refusal. They are told apart at first glance, and neither says more than the documents do.

import { el, english, icon, verbatim } from "./dom.js";
import { language, languageName, percent, t, tx } from "./i18n.js";
import { codeLink, confidenceOf, copyCode, edition, named, written } from "./code_names.js";
import { Numbering } from "./citations.js";
import { followUps } from "./follow.js";
import { anchor, leading, leadOf } from "./leads.js";
import { cite, statementsOf } from "./quotes.js";

export const foreign = () => language !== "en" && el("p", {}, t("documents.language"));

const footOf = (response) => el("footer", {}, foreign(),
  el("p", {}, t("outcome.foot", { share: percent(response.confidence), generation: response.library.generation, model: response.library.embedding_model })));

export function answerOf(answer, request) {
  const numbering = new Numbering();
  const lead = leadOf(answer, numbering, request);
  const beside = answer.statements.filter((one) => !leading(answer).includes(one));
  const quotes = statementsOf(beside, numbering);
  const led = beside.length < answer.statements.length || answer.values.length > 0;
  return [
    lead,
    quotes.length > 0 && el("section", { class: "part" }, el("h3", {}, t(led ? "answer.more" : "answer.statements")), el("div", { class: "card" }, quotes)),
    candidatesOf(answer, numbering, request),
    footOf(answer),
  ];
}

const MANY = 9;

// Candidates, the first of them before the others where one stands out. Beside a rule or a value they are only near it.
function candidatesOf({ form, candidates }, numbering, request) {
  const near = form === "rule" || form === "value";
  if (near && !candidates.length) return null;
  const one = form === "code";
  return el("section", { class: "part" }, el("h3", {}, t(near ? "answer.near" : "answer.candidates")),
    candidates.length
      ? el("ol", { class: `candidates card${one ? "" : " equal"}` }, candidates.map((candidate, at) =>
        candidateOf(candidate, numbering, [() => one && at === 0 && followUps(candidate.code, request)], at === 0 || form === "choice" ? MANY : 1)))
      : el("p", { class: "muted" }, t("answer.no-candidates")));
}

// What is added below is made after the candidate's own citations have their numbers. Of what tells it apart from close
// codes, so many lines stand open: all of the first candidate's, and of the others how they differ from the first.
export function candidateOf(candidate, numbering, more = [], apart = MANY) {
  const [first] = candidate.citations;
  const seen = numbering.numbers.size;
  const cites = candidate.citations.map((citation) => cite(citation, numbering));
  const fresh = numbering.number(first) > seen; // a quote that stands above already is not shown twice
  return el("li", { class: "candidate", id: anchor(candidate.code), "data-code": written(candidate.code), tabindex: -1 },
    el("div", { class: "named" }, codeLink(candidate.code), copyCode(candidate.code),
      candidate.code.edition && el("span", { class: "small muted" }, edition(candidate.code.edition)), confidenceOf(candidate.confidence)),
    verbatim("p", { class: "title" }, candidate.title),
    candidate.differences.length > 0 && differencesOf(candidate.differences, apart),
    fresh && verbatim("p", { class: "quote excerpt" }, first.quote),
    el("div", { class: "cites" }, el("span", { class: "small muted" }, t("candidate.cited")), cites),
    more.map((make) => make()).filter(Boolean));
}

function lineOf({ from, here, there }) {
  const code = el("span", { class: "code" }, named(from));
  const ours = here && verbatim("q", {}, here);
  const theirs = there && verbatim("q", {}, there);
  if (ours && theirs) return tx("candidate.distinction", { ours, code, theirs });
  return ours ? tx("candidate.alone", { ours, code }) : tx("candidate.lacks", { code, theirs });
}

function differencesOf(differences, open) {
  const lines = differences.map((one) => el("li", {}, lineOf(one)));
  const shown = el("ul", { class: "told", "aria-label": t("candidate.told-apart") }, lines.slice(0, open));
  const rest = lines.slice(open);
  return [shown, rest.length > 0 && el("details", { class: "told-more" }, el("summary", {}, t("candidate.told-more", { n: rest.length })), el("ul", { class: "told" }, rest))];
}

const REASONS = new Set(["out_of_corpus", "code_not_in_corpus", "not_enough_evidence", "empty_library"]);

export function refusalOf(refusal) {
  const known = REASONS.has(refusal.reason);
  const tongue = refusal.language && languageName(refusal.language);
  return [
    el("section", { class: "refusal" },
      el("div", { class: "verdict" }, icon("refuse"), el("div", {}, el("strong", {}, t("refusal.title")),
        // The service says in English what is missing; in other languages the general reason stands before it.
        known && language !== "en" && el("p", {}, tongue ? t("refusal.language", { language: tongue }) : t(`reason.${refusal.reason}.why`)),
        el("p", { class: language === "en" ? "" : "small" }, english(refusal.message)),
        known && el("p", { class: "muted" }, tongue ? t("ask.point.language") : t(`reason.${refusal.reason}.do`)))),
      refusal.reason === "empty_library" && el("p", {}, el("a", { href: "/library" }, t("holdings.add"))),
      refusal.closest?.length > 0 && el("div", { class: "closest" }, el("h3", {}, t("refusal.closest")), el("div", { class: "card" }, statementsOf(refusal.closest, new Numbering()))),
      refusal.nearest?.length > 0 && el("div", {}, el("h3", {}, t("refusal.nearest")), nearestOf(refusal.nearest))),
    footOf(refusal),
  ];
}

export const nearestOf = (nearest) => [el("p", { class: "small muted" }, t("refusal.nearest.means")),
  el("ul", { class: "nearest" }, nearest.map((near) => el("li", {}, codeLink(near.code), verbatim("span", {}, near.title))))];
