// Verbatim statements with their numbered citations, each of which opens the document at its place.

import { el, verbatim } from "./dom.js";
import { number, t } from "./i18n.js";
import { edition } from "./code_names.js";
import { keyOf, originOf, placeOf } from "./citations.js";
import { openReader } from "./reader.js";

export function cite(citation, numbering) {
  const at = numbering.number(citation);
  const label = t("citation.open", { number: at, origin: originOf(citation), place: placeOf(citation) });
  return el("button", { type: "button", class: "cite", "data-cite": keyOf(citation), "data-number": at, "aria-label": label, title: `${originOf(citation)}\n${placeOf(citation)}`,
    onclick: (event) => openReader(citation, numbering.citations, event.currentTarget) }, number(at));
}

// Statements that follow each other in one section share its name.
export function statementsOf(statements, numbering, beside = null) {
  const groups = [];
  for (const { citation } of statements) {
    const last = groups.at(-1)?.[0];
    if (last && last.document_id === citation.document_id && last.section === citation.section) groups.at(-1).push(citation);
    else groups.push([citation]);
  }
  return groups.map((group, at) => {
    const [first] = group;
    const another = groups[at - 1]?.[0].document_id !== first.document_id;
    const about = el("p", { class: "place" }, another && verbatim("b", {}, first.document_title),
      el("span", {}, [another && edition(first.edition), first.section, first.page && t("place.page", { page: first.page })].filter(Boolean).join(" · ")));
    return el("div", { class: "said" }, beside !== originOf(first) && about,
      group.map((citation) => el("div", { class: "statement" }, verbatim("blockquote", {}, citation.quote), el("span", { class: "cites" }, cite(citation, numbering)))));
  });
}
