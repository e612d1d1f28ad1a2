// Follow-ups about a code, as buttons. The room for asking hears them; their code goes along in sight.

import { el } from "./dom.js";
import { t } from "./i18n.js";
import { named } from "./code_names.js";

// What is asked is in the language of the starter documents; what is read on the button, in that of the page.
export const FOLLOW_UPS = {
  documentation: "Which documentation is needed?",
  modifiers: "Which modifiers apply?",
  necessity: "What supports medical necessity?",
  guidelines: "Which guidelines apply?",
  global: "What is the global period?",
  examples: "Examples",
  plain: "Explain it simply",
};

const tell = (detail) => dispatchEvent(new CustomEvent("follow", { detail }));

export const followUps = (code, request) =>
  el("div", { class: "follow", role: "group", "aria-label": t("follow.label", { code: named(code) }) },
    Object.keys(FOLLOW_UPS).map((key) => el("button", { type: "button", title: t(`follow.${key}.asks`), onclick: () => tell({ query: FOLLOW_UPS[key], follow: key, system: "", asOf: request?.asOf || "", about: code }) }, t(`follow.${key}`))),
    el("button", { type: "button", onclick: () => tell({ about: code }) }, t("follow.other")));
