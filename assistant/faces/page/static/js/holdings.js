// What the library holds, in one or two lines, and whether its error rate is certified.

import { el, verbatim } from "./dom.js";
import { percent, t } from "./i18n.js";
import { api, problem } from "./service.js";

const EXAMPLES = 3;

export async function holdings(shown, ask) {
  try {
    const { documents, certificate } = await api("/v1/documents");
    const codes = documents.reduce((sum, one) => sum + one.codes, 0);
    shown.replaceChildren(...(documents.length
      ? [el("p", {}, t("holdings.documents", { n: documents.length }), " · ", t("holdings.codes", { n: codes }), " · ", el("a", { href: "/library" }, t("holdings.see")))]
      : [el("p", {}, t("holdings.empty"), " ", el("a", { href: "/library" }, t("holdings.add")))]),
      ...[certified(certificate), examples(documents, ask)].filter(Boolean));
  } catch (error) {
    shown.replaceChildren(problem(error));
  }
}

function certified(certificate) {
  if (!certificate?.met) return null;
  const text = certificate.valid
    ? t("certificate.short", { risk: percent(certificate.risk, 1), level: percent(certificate.level) })
    : t("certificate.void");
  return el("p", {}, text, " ", el("a", { href: "/performance" }, t("certificate.see")));
}

// Something to begin with: titles of code pages that the library holds, from all through it.
function examples(documents, ask) {
  const pages = documents.filter((one) => one.codes === 1 && one.title.length < 70);
  if (pages.length < EXAMPLES) return null;
  const some = Array.from({ length: EXAMPLES }, (_, at) => pages[Math.floor(((at + 0.5) * pages.length) / EXAMPLES)].title);
  return el("div", { class: "examples" }, el("span", {}, t("ask.examples")), some.map((title) => verbatim("button", { type: "button", class: "link", onclick: () => ask(title) }, title)));
}
