// The gate's certificate: the error rate that is promised, what was measured for it, and whether it still holds.

import { el, icon } from "./dom.js";
import { day, number, percent, t } from "./i18n.js";

export function certificateOf(certificate) {
  if (!certificate) return el("section", { class: "card certificate" }, el("h2", {}, icon("shield"), t("certificate.title")), el("p", { class: "muted" }, t("certificate.none")));
  const { valid, met } = certificate;
  const said = { risk: percent(certificate.risk, 1), level: percent(certificate.level), bound: percent(certificate.bound, 1) };
  const promise = t(valid ? "certificate.promise" : met ? "certificate.void" : "certificate.unmet", said);
  const rests = t("certificate.rests", { n: certificate.queries, answered: certificate.answered, wrong: certificate.wrong, bound: percent(certificate.bound, 1), coverage: percent(certificate.coverage) });
  const set = certificate.set === "self" ? t("certificate.self") : t("certificate.of-set", { set: certificate.set });
  const facts = [["certificate.threshold", number(certificate.in_force, 3)], ["certificate.model", certificate.embedding_model], ["certificate.generation", number(certificate.generation)], ["certificate.made", certificate.made && day(certificate.made)]];
  return el("section", { class: `card certificate ${valid ? "holds" : "void"}` },
    el("h2", {}, icon(valid ? "shield" : "warn"), t("certificate.title"), el("span", { class: "tag" }, t(valid ? "certificate.holds" : met ? "certificate.is-void" : "certificate.is-unmet"))),
    el("p", {}, promise), el("p", { class: "small" }, rests, " ", set),
    el("dl", { class: "facts small" }, facts.filter(([, value]) => value).map(([key, value]) => el("div", {}, el("dt", {}, t(key)), el("dd", {}, value)))));
}
