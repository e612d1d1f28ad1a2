// What the library holds, in one or two lines, and whether its error rate is certified.

import { el } from "./dom.js";
import { percent, t } from "./i18n.js";
import { api, problem } from "./service.js";

export async function holdings(shown) {
  try {
    const [{ documents }, ready] = await Promise.all([api("/v1/documents"), api("/readyz")]);
    const codes = documents.reduce((sum, one) => sum + one.codes, 0);
    shown.replaceChildren(...(documents.length
      ? [el("p", {}, t("holdings.documents", { n: documents.length }), " · ", t("holdings.codes", { n: codes }), " · ", el("a", { href: "/library" }, t("holdings.see")))]
      : [el("p", {}, t("holdings.empty"), " ", el("a", { href: "/library" }, t("holdings.add")))]),
      ...[certified(ready.certificate)].filter(Boolean));
  } catch (error) {
    shown.replaceChildren(problem(error));
  }
}

function certified(certificate) {
  if (!certificate) return null;
  const text = certificate.valid
    ? t("certificate.short", { risk: percent(certificate.risk, 1), level: percent(certificate.level) })
    : t("certificate.void");
  return el("p", {}, text, " ", el("a", { href: "/performance" }, t("certificate.see")));
}
