// The worst misses: what was asked, what was said, what was right, and the words it rested on.

import { el, verbatim } from "./dom.js";
import { t } from "./i18n.js";
import { codeLink } from "./code_names.js";
import { Numbering } from "./citations.js";
import { statementsOf } from "./quotes.js";

const OUTCOMES = ["wrong", "answered", "refused"];
const FIRST = 5;

export function missesOf(misses) {
  if (!misses.length) return el("section", { class: "part" }, el("h2", {}, t("misses.title")), el("p", { class: "muted" }, t("misses.none")));
  const groups = OUTCOMES.map((outcome) => [outcome, misses.filter((one) => one.outcome === outcome)]).filter(([, found]) => found.length);
  return el("section", { class: "part" }, el("h2", {}, t("misses.title")), el("p", { class: "small muted" }, t("misses.means")),
    groups.map(([outcome, found]) => el("section", { class: "part" }, el("h3", {}, t(`misses.${outcome}`), " ", el("span", {}, `(${found.length})`)),
      el("ul", { class: "card misses" }, found.slice(0, FIRST).map(missOf)),
      found.length > FIRST && el("details", {}, el("summary", {}, t("misses.more", { n: found.length - FIRST })), el("ul", { class: "card misses" }, found.slice(FIRST).map(missOf))))));
}

function missOf(miss) {
  return el("li", {}, verbatim("p", {}, miss.query),
    el("dl", { class: "facts small" },
      el("div", {}, el("dt", {}, t("misses.said")), el("dd", {}, miss.outcome === "refused" ? t("refusal.title") : codesOf(miss.said ?? []))),
      el("div", {}, el("dt", {}, t("misses.right")), el("dd", {}, miss.outcome === "answered" ? t("misses.nothing") : rightOf(miss))),
      el("div", {}, el("dt", {}, t("performance.slice")), el("dd", {}, verbatim("span", {}, miss.slice)))),
    miss.quotes?.length > 0 && el("details", {}, el("summary", {}, t("misses.quotes", { n: miss.quotes.length })), statementsOf(miss.quotes.map((citation) => ({ citation })), new Numbering())));
}

function codesOf(written) {
  return written.length ? written.map((one) => [asLink(one), " "]) : "–";
}

// What is right may be a marked statement, in its own words.
function rightOf(miss) {
  const marked = (miss.marked ?? []).filter((one) => one.quote).map((one) => verbatim("p", {}, one.quote));
  return miss.right?.length || !marked.length ? [codesOf(miss.right ?? []), marked] : marked;
}

// What is right may also be a passage of a guide.
function asLink(written) {
  const [system, ...value] = written.split(":");
  if (system === "PASSAGE") return verbatim("span", {}, value.join(":"));
  return codeLink({ system, value: value.join(":"), edition: null });
}
