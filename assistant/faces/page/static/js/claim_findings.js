// The findings on codes, the gravest first, each with the row or sentence it rests on; and the edits of a code's page.

import { el, english, icon, verbatim } from "./dom.js";
import { day, t } from "./i18n.js";
import { originOf } from "./citations.js";
import { cite } from "./quotes.js";

const SHAPES = { stop: "refuse", ask: "speech", note: "note" };

const quoted = (citation, numbering) => [
  el("p", { class: "place" }, verbatim("span", {}, originOf(citation))),
  el("div", { class: "statement" }, verbatim("blockquote", {}, citation.quote), el("span", { class: "cites" }, cite(citation, numbering)))];

export const findingsList = (findings, numbering) => el("ol", { class: "card found" }, findings.map((one) =>
  el("li", { class: `finding ${one.severity}` },
    el("p", { class: "row" }, icon(SHAPES[one.severity]), el("strong", {}, t(`severity.${one.severity}`)), english(one.message)),
    one.citation && quoted(one.citation, numbering))));

export const editsOf = (edits, numbering) => edits.map((one) => el("div", { class: "said" },
  el("p", {}, english(one.message), " ", el("span", { class: "small muted" },
    [one.starts && t("code.from", { date: day(one.starts) }), one.ends && t("code.until", { date: day(one.ends) }), !one.stands && t("code.edits.ended")].filter(Boolean).join(" · "))),
  quoted(one.citation, numbering)));
