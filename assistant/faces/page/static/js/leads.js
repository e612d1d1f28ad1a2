// What stands first in an answer: a yes or no, one code, a choice of codes, or the value or rule that was asked for.

import { el, english, icon, say, verbatim } from "./dom.js";
import { percent, t } from "./i18n.js";
import { codeLink, confidenceOf, named, written } from "./code_names.js";
import { cite, statementsOf } from "./quotes.js";

export const anchor = (code) => `candidate-${code.system}-${code.value}`;

// A code heads an answer; where it is not known what is asked for, only if it is more likely right than wrong.
const HEADLINE = 0.5;
const headline = ({ form, verdict, wants, candidates: [first] }) =>
  form === "code" && !verdict && first && (wants || first.confidence >= HEADLINE) ? first : null;

// Only what is known to answer leads; of a statement that is merely near, nobody has said that it answers.
export const leading = ({ statements }) => ["verdict", "answer"].flatMap((role) => statements.filter((one) => one.role === role));

export function leadOf(answer, numbering, request) {
  const first = headline(answer);
  const quotes = leading(answer);
  const values = answer.values.length > 0 && el("dl", { class: "values card" }, answer.values.map((value) => valueOf(value, numbering)));
  const said = quotes.length > 0 && el("div", { class: "card" }, statementsOf(quotes, numbering));
  const title = answer.verdict
    ? el("h3", { class: "settled" }, icon(answer.verdict === "yes" ? "check" : "close"), t(`verdict.${answer.verdict}`))
    : el("h3", {}, t("answer.lead"));
  return [
    first && el("p", { class: "glance" }, jump(first.code), verbatim("span", { class: "title" }, first.title), confidenceOf(first.confidence)),
    answer.choice && choiceOf(answer, request),
    (values || said) && el("section", { class: "part lead" }, title, values, said),
  ];
}

const jump = (code) => el("a", { class: "code", href: `#${anchor(code)}`, title: t("answer.candidates") }, named(code));

const valueOf = (value, numbering) =>
  el("div", {}, el("dt", {}, codeLink(value.code), value.modifier && verbatim("span", {}, `-${value.modifier}`), verbatim("span", {}, value.column)),
    el("dd", {}, verbatim("b", {}, value.value), value.meaning && verbatim("span", {}, value.meaning), el("span", { class: "cites" }, cite(value.citation, numbering))));

// The codes that are left, and the question that decides. An answer that leaves one code asks again about that code; one
// that leaves several narrows what is shown to them, and a second press takes that back.
function choiceOf({ choice, candidates }, request) {
  const held = new Map(candidates.map((candidate) => [written(candidate.code), candidate]));
  const codesOf = (codes) => codes.map((code) => held.get(code).code);
  const button = ({ text, codes }) => {
    const single = codes.length === 1;
    return el("button", { type: "button", "aria-pressed": single ? null : "false",
      onclick: (event) => (single ? askAgain(codesOf(codes)[0], request) : narrow(event.currentTarget, choice.codes, codes)) },
    verbatim("span", {}, text), codesOf(codes).map((code) => el("span", { class: "code" }, named(code))));
  };
  return el("section", { class: "part lead" }, el("h3", {}, t("choice.title")), el("div", { class: "choice card" },
    el("ul", {}, choice.codes.map((code) => el("li", { "data-code": code }, jump(held.get(code).code), verbatim("span", { class: "title" }, held.get(code).title)))),
    choice.question && el("div", { class: "deciding", role: "group", "aria-label": choice.question }, el("p", {}, english(choice.question)), choice.answers.map(button)),
    el("p", { class: "small muted" }, t("choice.level", { share: percent(choice.level) }))));
}

const askAgain = (code, { query, follow, system, asOf }) =>
  dispatchEvent(new CustomEvent("follow", { detail: { query, follow, system, asOf, about: code } }));

function narrow(button, all, left) {
  const narrowed = button.getAttribute("aria-pressed") === "false";
  for (const other of button.parentElement.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", String(narrowed && other === button));
  const out = new Set(narrowed ? all.filter((code) => !left.includes(code)) : []);
  for (const shown of button.closest(".outcome").querySelectorAll("[data-code]")) shown.hidden = out.has(shown.dataset.code);
  say(t("answer.proposed", { n: all.length - out.size }));
}
