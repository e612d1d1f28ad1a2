// Note: an operative note is read into statements and candidates. It lives in this room's memory and nowhere else.

import { characters, copyText, el, icon, say, toast, verbatim } from "./dom.js";
import { language, t } from "./i18n.js";
import { problem, send, ServiceError } from "./service.js";
import { refusalOf } from "./outcomes.js";
import { SYSTEMS } from "./systems.js";
import { closeReader, openReader } from "./reader.js";
import { Numbering } from "./citations.js";
import { wireLights } from "./note_lights.js";
import { markedNote } from "./note_marks.js";
import { findingsOf, leftAlone, surgeonQuery } from "./note_findings.js";
import { findingsList } from "./claim_findings.js";
import { exportCsv, exportJson } from "./note_export.js";

const MOST = 1_000_000; // bytes of a dropped note
const state = { note: "", system: "", asOf: "", result: null, decisions: new Map(), unasked: new Set() };

let room = null;
let latest = null;

export function noteRoom() {
  room ??= el("section", { class: "room note-room", "aria-labelledby": "note-title" });
  draw();
  return room;
}
addEventListener("language", () => { room = null; });
addEventListener("start-new", () => { clear(); if (room) draw(); });

function clear() {
  latest = null;
  Object.assign(state, { note: "", result: null, decisions: new Map(), unasked: new Set() });
}

function draw() {
  room.replaceChildren(...(state.result ? resultOf(state.result) : formOf()));
}

const head = (...tools) => el("header", {}, el("h1", { tabindex: -1, id: "note-title" }, t("room.note")), el("p", {}, t("note.promise")), el("div", { class: "row end" }, tools));

function formOf() {
  const field = el("textarea", { id: "note", rows: 16, autocomplete: "off", autocapitalize: "off", spellcheck: "false", placeholder: t("note.placeholder"), value: state.note,
    oninput: (event) => { state.note = event.currentTarget.value; },
    onkeydown: (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.form.requestSubmit(); } });
  const told = el("div", { id: "note-told" });
  const file = el("input", { type: "file", class: "unseen", id: "note-file", accept: ".txt,.text,.md,text/plain", onchange: (event) => take(event.currentTarget.files[0], field, told) });
  return [head(), el("form", { class: "stack", onsubmit: (event) => { event.preventDefault(); suggest(told); },
    ondragover: (event) => { event.preventDefault(); event.currentTarget.classList.add("over"); },
    ondragleave: (event) => event.currentTarget.classList.remove("over"),
    ondrop: (event) => { event.preventDefault(); event.currentTarget.classList.remove("over"); take(event.dataTransfer.files[0], field, told, event.dataTransfer.getData("text")); } },
  el("label", { class: "unseen", for: "note" }, t("note.label")),
  el("div", { class: "box note-box" }, field, el("div", { class: "under" },
    el("label", { class: "button" }, file, icon("up"), t("note.file")),
    el("label", {}, el("span", {}, t("ask.system")),
      el("select", { id: "note-system", autocomplete: "off", onchange: (event) => { state.system = event.currentTarget.value; } },
        el("option", { value: "" }, t("ask.any")), SYSTEMS.map((name) => el("option", { value: name, selected: name === state.system }, name)))),
    el("label", {}, el("span", {}, t("ask.date")), el("input", { type: "date", id: "note-as-of", autocomplete: "off", value: state.asOf, onchange: (event) => { state.asOf = event.currentTarget.value; } })),
    el("button", { class: "main" }, t("note.button"), el("kbd", { class: "hint" }, "Ctrl ⏎")))),
  told,
  el("p", { class: "small muted row" }, icon("shield"), el("span", {}, t("note.private"))))];
}

async function take(file, field, told, dragged = "") {
  told.replaceChildren();
  if (!file) {
    if (dragged) field.value = state.note = dragged;
    return;
  }
  if (file.size > MOST || !/^(text\/|$)/.test(file.type)) return told.replaceChildren(problem(new Error(t("note.not-text", { file: file.name }))));
  field.value = state.note = await file.text();
  field.focus();
}

async function suggest(told) {
  if (!state.note.trim()) return room.querySelector("#note").focus();
  const current = (latest = Symbol());
  told.replaceChildren(el("p", { class: "waiting", role: "presentation" }, el("i")));
  const body = { note: state.note };
  if (state.system) body.systems = [state.system];
  if (state.asOf) body.as_of = state.asOf;
  try {
    const result = await send("/v1/suggest", body);
    if (current !== latest) return;
    Object.assign(state, { result, decisions: new Map(), unasked: new Set() });
    draw();
    room.querySelector("h1").focus({ preventScroll: true });
    scrollTo(0, 0);
    // Where there is room for three, the document stands beside the note and its candidates from the start.
    if (result.candidates?.length && matchMedia("(min-width: 100.01rem)").matches) openReader(result.candidates[0].citations[0], state.numbering.citations, null, false);
    say(result.kind === "suggestion" ? t("note.found", { n: result.candidates.length }) : t("refusal.title"));
  } catch (error) {
    if (current !== latest) return;
    told.replaceChildren(error instanceof ServiceError && error.absent ? problem(new Error(t("note.absent"))) : problem(error));
  }
}

function resultOf(result) {
  const edit = el("button", { type: "button", onclick: () => { closeReader(); state.result = null; draw(); room.querySelector("#note").focus(); } }, t("note.edit"));
  const drop = el("button", { type: "button", class: "quiet", onclick: () => { closeReader(); clear(); draw(); room.querySelector("#note").focus(); toast(t("note.cleared")); } }, t("note.clear"));
  if (result.kind !== "suggestion") {
    const read = { ...result, statements: result.statements ?? [], candidates: [] };
    return [head(edit, drop), el("div", { class: "halves" },
      el("section", { class: "part" }, el("h2", {}, t("note.the-note")), legend(read), markedNote(characters(state.note), read)),
      el("article", { class: "outcome" }, refusalOf(result), leftAlone(read)))];
  }
  const text = characters(state.note);
  const tools = [edit, drop,
    el("button", { type: "button", onclick: () => exportJson(result, state.decisions) }, icon("down"), t("note.export", { format: "JSON" })),
    el("button", { type: "button", onclick: () => exportCsv(result, state.decisions) }, icon("down"), t("note.export", { format: "CSV" }))];
  state.numbering = new Numbering();
  const findings = findingsOf(result, state, state.numbering, {
    copyQuery: () => copyText(surgeonQuery(result, state), t("note.query.copied")),
  });
  const marked = markedNote(text, result);
  const halves = el("div", { class: "halves" }, el("section", { class: "part" }, el("h2", {}, t("note.the-note")), legend(result), marked),
    el("section", { class: "part" }, el("h2", {}, t("answer.candidates")), findings,
      result.findings?.length > 0 && [el("h2", {}, t("note.findings")), findingsList(result.findings, state.numbering)]));
  wireLights(halves, result);
  return [head(...tools), halves, language !== "en" && el("footer", { class: "small muted" }, t("documents.language"))].filter(Boolean);
}

function legend(result) {
  const found = ["negated", "planned", "historical", "conditional"].filter((name) => result.statements.some((one) => one.assertion === name));
  return el("p", { class: "legend small muted" }, result.candidates.length > 0 && el("span", {}, el("mark", {}, t("note.evidence"))), found.map((name) => el("span", { class: `said-${name}` }, t(`assertion.${name}`))));
}
