// How a code is named, linked and copied, and how sure a candidate is, in words and number.

import { copyText, el, icon } from "./dom.js";
import { percent, t } from "./i18n.js";
import { part } from "./service.js";

// A comma is part of no code and of no edition.
export const named = (code) => `${code.system} ${code.value}`;
export const written = (code) => `${code.system}:${code.value}`;
export const edition = (value) => (value ? t("edition", { edition: value }) : null);

export function codeAddress(code) {
  const wanted = code.edition ? `?edition=${part(code.edition)}` : "";
  return `/codes/${part(code.system)}/${part(code.value)}${wanted}`;
}

export const codeLink = (code, attributes = {}) => el("a", { class: "code", href: codeAddress(code), ...attributes }, named(code));

export const copyCode = (code) =>
  el("button", { type: "button", class: "quiet icon tiny copy", "aria-label": t("copy.code", { code: named(code) }), title: t("copy.code", { code: named(code) }),
    onclick: () => copyText(code.value, t("copied.code", { code: code.value })) }, icon("copy"));

const level = (confidence) =>
  confidence >= 0.9 ? "confidence.very-high" : confidence >= 0.7 ? "confidence.high" : confidence >= 0.4 ? "confidence.middle" : "confidence.low";
const sureness = (confidence) => t("confidence.both", { words: t(level(confidence)), share: percent(confidence) });

export const confidenceOf = (confidence) =>
  el("span", { class: "confidence", title: t("confidence.means") }, el("span", {}, sureness(confidence)),
    el("span", { class: "gauge", "aria-hidden": "true" }, el("i", { style: { width: `${confidence * 100}%` } })));
