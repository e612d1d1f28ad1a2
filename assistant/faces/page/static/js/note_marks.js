// The note as it was written, with what was read in it: how each statement is meant, and the words that speak for a code.

import { el, verbatim } from "./dom.js";
import { list, t } from "./i18n.js";
import { named } from "./code_names.js";

// Cuts the note wherever a statement or a piece of evidence begins or ends.
function pieces(length, statements, evidence) {
  const cuts = new Set([0, length]);
  for (const { start, end } of [...statements, ...evidence]) {
    cuts.add(Math.max(0, Math.min(length, start)));
    cuts.add(Math.max(0, Math.min(length, end)));
  }
  const places = [...cuts].sort((one, other) => one - other);
  return places.slice(0, -1).map((start, at) => {
    const end = places[at + 1];
    const holds = (one) => one.start <= start && one.end >= end;
    return { start, end, statement: statements.find(holds), candidates: [...new Set(evidence.filter(holds).map((one) => one.candidate))] };
  });
}

const evidenceOf = (result) =>
  result.candidates.flatMap((candidate, at) => candidate.note_evidence.map((one) => ({ ...one, candidate: at })));

export function markedNote(text, result) {
  const reached = new Set();
  const shown = pieces(text.length, result.statements, evidenceOf(result)).map(({ start, end, statement, candidates }) => {
    const words = text.slice(start, end);
    const meant = statement ? `said-${statement.assertion}` : "";
    if (!candidates.length) return statement && statement.assertion !== "performed" ? said(meant, statement, words) : words;
    const first = candidates.some((at) => !reached.has(`${at} ${statement?.start}`));
    for (const at of candidates) reached.add(`${at} ${statement?.start}`);
    const codes = list(candidates.map((at) => named(result.candidates[at].code)));
    return el("mark", { class: meant, "data-lights": candidates.join(" "), ...(first ? { tabindex: 0, role: "button", "aria-label": t("note.mark", { words, codes }), title: codes } : {}) }, words);
  });
  return verbatim("div", { class: "card the-note", tabindex: 0, role: "group", "aria-label": t("note.the-note") }, shown);
}

const said = (name, statement, words) => el(statement.assertion === "negated" ? "s" : "span", { class: name, title: t(`assertion.${statement.assertion}`) }, words);
