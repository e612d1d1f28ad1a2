// Check: a claim against the user's own tables, articles and policies. What is typed stays in this room's memory.

import { el, english, say } from "./dom.js";
import { t } from "./i18n.js";
import { problem, send } from "./service.js";
import { Numbering } from "./citations.js";
import { findingsList } from "./claim_findings.js";

const EMPTY = { codes: "", diagnoses: "", asOf: "", result: null };
const state = { ...EMPTY };

let room = null;
let latest = null;

export function checkRoom() {
  room ??= el("section", { class: "room check-room", "aria-labelledby": "check-title" }, ...form());
  return room;
}
addEventListener("language", () => { room = null; });
addEventListener("start-new", () => { latest = null; Object.assign(state, EMPTY); room = null; });

function form() {
  const told = el("div", { id: "check-told", class: "stack" });
  const changes = (key) => (event) => { state[key] = event.currentTarget.value; };
  const sends = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form.requestSubmit(); };
  const plain = { autocomplete: "off", autocapitalize: "characters", spellcheck: "false", dir: "ltr" };
  if (state.result) told.replaceChildren(...resultOf(state.result));
  return [
    el("header", {}, el("h1", { tabindex: -1, id: "check-title" }, t("room.check")), el("p", {}, t("check.promise"))),
    el("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); check(told); } },
      el("label", { for: "claim-codes" }, t("check.codes")),
      el("textarea", { id: "claim-codes", rows: 5, "aria-describedby": "claim-codes-how", value: state.codes, oninput: changes("codes"), onkeydown: sends, ...plain }),
      el("p", { class: "small muted", id: "claim-codes-how" }, t("check.codes.how")),
      el("label", { for: "claim-diagnoses" }, t("check.diagnoses")),
      el("input", { id: "claim-diagnoses", "aria-describedby": "claim-diagnoses-how", value: state.diagnoses, oninput: changes("diagnoses"), ...plain }),
      el("p", { class: "small muted", id: "claim-diagnoses-how" }, t("check.diagnoses.how")),
      el("div", { class: "row" },
        el("label", {}, el("span", {}, t("ask.date")), " ", el("input", { type: "date", id: "claim-as-of", autocomplete: "off", value: state.asOf, onchange: changes("asOf") })),
        el("button", { class: "main" }, t("check.button")))),
    told];
}

// A line as people write or paste it: the code, its modifiers, and the units as x2, ×2 or =2.
export function claimLine(text) {
  const [code, ...rest] = text.trim().split(/[\s,\-–—+]+|(?=[=×])|(?=\bx\d)/i).filter(Boolean);
  const line = { code, modifiers: [], units: 1 };
  for (const word of rest) {
    const counted = /^(?:[x×=](\d+)|(\d))$/i.exec(word);
    if (counted) line.units = Number(counted[1] ?? counted[2]);
    else line.modifiers.push(word.toUpperCase());
  }
  return line;
}

async function check(told) {
  const codes = state.codes.split(/[\n;]+/).map((line) => line.trim()).filter(Boolean).map(claimLine);
  if (!codes.length) {
    told.replaceChildren(el("p", { class: "problem", role: "alert" }, t("check.needs")));
    return document.getElementById("claim-codes").focus();
  }
  const body = { codes, diagnoses: state.diagnoses.split(/[\s,;]+/).filter(Boolean) };
  if (state.asOf) body.as_of = state.asOf;
  const current = (latest = Symbol());
  told.replaceChildren(el("p", { class: "waiting", role: "presentation" }, el("i")));
  let shown;
  try {
    state.result = await send("/v1/check", body);
    shown = resultOf(state.result);
  } catch (error) {
    state.result = null;
    shown = [problem(error)];
  }
  if (current !== latest) return;
  told.replaceChildren(...shown);
  if (state.result) say(state.result.findings.map((one) => `${t(`severity.${one.severity}`)}: ${one.message}`).join(" ") || t("check.none"));
}

const resultOf = ({ findings, unchecked }) => [
  findings.length ? findingsList(findings, new Numbering()) : el("p", { class: "card inner" }, t("check.none")),
  unchecked.length > 0 && el("section", { class: "stack" }, el("h2", {}, t("check.unchecked")), el("ul", { class: "small unchecked" }, unchecked.map((text) => el("li", {}, english(text))))),
].filter(Boolean);
