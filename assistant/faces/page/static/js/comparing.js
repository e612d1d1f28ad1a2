// Two editions of one document: which codes the later one adds, drops and titles otherwise.

import { el, verbatim } from "./dom.js";
import { t } from "./i18n.js";
import { api, part, problem } from "./service.js";
import { codeLink, edition } from "./code_names.js";

const FIRST = 50;
// Editions of one document differ in the numbers of their names: years, versions, counts.
const stem = (name) => name.split("/").at(-1).replace(/\.\w+$/, "").toLowerCase().replace(/[\d_]|[^\p{L}]/gu, "");
const same = (one, other) => stem(one).length > 3 && stem(one) === stem(other);
const alike = (one, other) => one.document_id !== other.document_id && (same(one.title, other.title) || same(one.source_name, other.source_name));

// Filled where the library holds another edition; empty otherwise.
export function comparing(one) {
  const shown = el("div", { class: "stack comparing" });
  api("/v1/documents").then(({ documents }) => {
    const others = documents.filter((other) => alike(one, other) && Math.max(one.codes, other.codes) > 0);
    if (!others.length) return;
    const found = el("div", { class: "stack", role: "status" });
    const choice = el("select", { id: "compare", autocomplete: "off" }, others.map((other) => el("option", { value: other.document_id }, [other.title, edition(other.edition)].filter(Boolean).join(" · "))));
    shown.append(el("form", { class: "row", onsubmit: (event) => { event.preventDefault(); compare(one, others.find((other) => other.document_id === choice.value), found); } },
      el("label", { class: "row" }, el("span", {}, t("compare.with")), choice), el("button", {}, t("compare.button"))), found);
  }, () => {});
  return shown;
}

async function compare(one, other, found) {
  const [before, after] = (other.edition ?? "") < (one.edition ?? "") ? [other, one] : [one, other];
  try {
    const told = await api(`/v1/documents/${part(before.document_id)}/diff/${part(after.document_id)}`);
    const groups = ["added", "dropped", "changed"].filter((name) => told[name].length);
    found.replaceChildren(el("div", { class: "card inner" },
      el("p", { class: "small muted" }, t("compare.order", { before: edition(before.edition) ?? before.title, after: edition(after.edition) ?? after.title })),
      groups.length ? groups.map((name) => groupOf(name, told[name])) : el("p", {}, t("compare.none"))));
  } catch (error) {
    found.replaceChildren(problem(error));
  }
}

const groupOf = (name, rows) => el("details", { open: rows.length <= FIRST }, el("summary", {}, t(`compare.${name}`, { n: rows.length })),
  el("ul", { class: "nearest" }, rows.slice(0, FIRST).map((row) => el("li", {}, codeLink(row.code), name === "changed"
    ? el("span", {}, verbatim("s", { class: "muted" }, row.before), " ", verbatim("span", {}, row.after)) : verbatim("span", {}, row.title)))),
  rows.length > FIRST && el("p", { class: "small muted" }, t("compare.more", { n: rows.length - FIRST })));
