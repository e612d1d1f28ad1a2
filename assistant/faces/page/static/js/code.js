// The code page: every field of the documents with its citations, what they leave out, siblings and editions.

import { el, verbatim } from "./dom.js";
import { day, number, t } from "./i18n.js";
import { api, part, problem } from "./service.js";
import { codeAddress, codeLink, copyCode, edition, named } from "./code_names.js";
import { Numbering, originOf } from "./citations.js";
import { editsOf } from "./claim_findings.js";
import { followUps } from "./follow.js";
import { foreign } from "./outcomes.js";
import { cite, statementsOf } from "./quotes.js";

const FIELDS = ["short_description", "guidelines", "modifiers", "medical_necessity", "clinical_responsibility", "important", "plain_language", "full_description", "examples", "documentation", "notes"];

export async function codeRoom(system, value, wanted) {
  const heading = el("h1", { tabindex: -1 }, el("span", { class: "code" }, `${system} ${value}`));
  try {
    const query = wanted ? `?edition=${part(wanted)}` : "";
    const page = await api(`/v1/codes/${part(system)}/${part(value)}` + query);
    return el("section", { class: "room code-page" }, ...pageOf(page, wanted));
  } catch (error) {
    const shown = error.status === 404 ? el("div", { class: "refusal" }, el("p", {}, t("code.absent", { code: `${system} ${value}` })), el("p", {}, el("a", { href: "/library" }, t("holdings.see")))) : problem(error);
    return el("section", { class: "room" }, heading, shown);
  }
}

// What tables give for the code: a list for each row, under the document that it stands in.
function valuesOf(values, numbering) {
  const rows = new Map();
  for (const value of values ?? []) {
    const key = `${value.citation.document_id} ${value.citation.start}`;
    rows.set(key, [...(rows.get(key) ?? []), value]);
  }
  return rows.size > 0 && el("section", { class: "part" }, el("h2", {}, t("code.values")), [...rows.values()].map((row) => [
    el("p", { class: "small muted" }, verbatim("span", {}, originOf(row[0].citation)), row[0].modifier && verbatim("span", {}, ` -${row[0].modifier}`), el("span", { class: "cites" }, cite(row[0].citation, numbering))),
    el("dl", { class: "values card" }, row.map(({ column, value }) => el("div", {}, el("dt", {}, verbatim("span", {}, column)), el("dd", {}, verbatim("b", {}, value))))),
  ]));
}

function pageOf(page, wanted) {
  const { code, document: held } = page;
  const numbering = new Numbering();
  const valid = [edition(code.edition), held.effective && t("code.from", { date: day(held.effective) }), held.expires && t("code.until", { date: day(held.expires) })].filter(Boolean);
  const name = (key, field) => (FIELDS.includes(key) ? t(`field.${key}`) : field?.title || key.replaceAll("_", " "));
  const beside = (field) => originOf({ document_title: held.title, edition: held.edition, section: field.title });
  const fields = Object.entries(page.fields);
  const silent = fields.filter(([, field]) => !field);
  return [
    el("header", { class: "stack" },
      el("div", { class: "row" }, el("h1", { tabindex: -1, class: "code" }, named(code)), copyCode(code), el("span", { class: "muted" }, valid.join(" · "))),
      verbatim("p", { class: "lead" }, page.title),
      el("p", { class: "small" }, t("code.document"), " ", el("a", { href: `/library/${part(held.document_id)}` }, verbatim("span", {}, held.title)))),
    wanted && wanted !== code.edition && el("p", { class: "problem" }, t("code.other-edition", { wanted, shown: code.edition || "–" })),
    followUps(code),
    el("div", { class: "beside" },
      el("div", {}, el("dl", { class: "fields card" }, fields.map(([key, field]) => el("div", { id: `field-${key}` }, el("dt", {}, name(key, field)),
        el("dd", {}, field ? statementsOf(field.statements, numbering, beside(field)) : el("span", { class: "muted" }, t("code.silent"))))),
        page.edits?.length > 0 && el("div", { id: "edits" }, el("dt", {}, t("code.edits")), el("dd", {}, editsOf(page.edits, numbering), page.edits_more > 0 && el("p", { class: "small muted" }, t("code.edits.more", { n: page.edits_more }))))),
        valuesOf(page.values, numbering)),
      el("nav", { class: "margin", "aria-label": t("code.contents") },
        el("div", { class: "part" }, el("h2", {}, t("code.contents")), el("ul", {}, fields.filter(([, field]) => field).map(([key, field]) => el("li", {}, el("a", { href: `#field-${key}` }, name(key, field)))), page.edits?.length > 0 && el("li", {}, el("a", { href: "#edits" }, t("code.edits"))))),
        page.siblings?.length > 0 && el("div", { class: "part" }, el("h2", {}, t("code.siblings")), el("ul", { class: "kin" }, page.siblings.map((near) => el("li", {}, codeLink(near.code), verbatim("span", { class: "small muted" }, near.title))))),
        page.editions?.length > 1 && el("div", { class: "part" }, el("h2", {}, t("code.editions")), el("ul", {}, page.editions.map((one) => el("li", {},
          el("a", { href: codeAddress(one.code), "aria-current": one.document_id === held.document_id && "true" }, edition(one.code.edition) || "–"), " ", verbatim("span", { class: "small muted" }, one.document_title))))))),
    el("footer", { class: "small muted" }, foreign(), el("p", {}, silent.length ? t("code.foot.silent", { n: silent.length }) : t("code.foot"), " ", t("code.generation", { generation: number(page.library.generation) }))),
  ].filter(Boolean);
}
