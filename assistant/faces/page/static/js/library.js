// Library: the documents that answers come from. Added here, watched while they are read, and deleted with a receipt.

import { el, english, icon, verbatim } from "./dom.js";
import { compare, number, t } from "./i18n.js";
import { api, part, problem } from "./service.js";
import { uploads } from "./uploads.js";
import { confirmDelete } from "./deleting.js";

const FIRST = 200; // rows shown before one asks for all
const COLUMNS = [["title", ""], ["edition", ""], ["codes", "number"], ["passages", "number"]];

export async function libraryRoom() {
  const state = { documents: [], find: "", by: "title", down: false, all: false };
  const counts = el("p", { class: "muted small", role: "status" });
  const table = el("div", { class: "card wide" });
  const told = el("div", { class: "stack", "aria-live": "polite" });
  const show = () => showRows(state, counts, table, told, load);
  const load = async () => {
    try {
      state.documents = (await api("/v1/documents")).documents;
      show();
    } catch (error) {
      table.replaceChildren(problem(error));
    }
  };
  const find = el("input", { type: "search", id: "find", autocomplete: "off", spellcheck: "false", placeholder: t("library.find"), "aria-label": t("library.find"), oninput: (event) => { state.find = event.currentTarget.value; show(); } });
  await load();
  return el("section", { class: "room library" },
    el("header", {}, el("h1", { tabindex: -1 }, t("room.library")), el("p", {}, t("library.promise"))),
    uploads(told, load), told,
    el("div", { class: "row" }, find, counts), table);
}

const spelled = (one) => `${one.document_id} ${one.title} ${one.edition || ""} ${(one.names ?? [one.source_name]).join(" ")}`.toLowerCase();

function showRows(state, counts, table, told, load) {
  const wanted = state.find.trim().toLowerCase();
  const found = state.documents.filter((one) => spelled(one).includes(wanted)).sort((one, other) => {
    const [a, b] = [one[state.by] ?? "", other[state.by] ?? ""];
    const order = typeof a === "number" && typeof b === "number" ? a - b : compare(String(a), String(b));
    return (state.down ? -order : order) || compare(one.document_id, other.document_id);
  });
  counts.textContent = wanted ? t("library.found", { n: found.length, all: state.documents.length }) : t("holdings.documents", { n: found.length });
  if (!found.length) return table.replaceChildren(el("p", { class: "empty" }, state.documents.length ? t("library.none-found") : t("library.empty")));
  const again = () => showRows(state, counts, table, told, load);
  const heads = COLUMNS.map(([name, kind]) => el("th", { scope: "col", class: kind, "aria-sort": state.by === name ? (state.down ? "descending" : "ascending") : null },
    el("button", { type: "button", class: "quiet sort", onclick: () => { state.down = state.by === name ? !state.down : kind === "number"; state.by = name; again(); table.querySelector(`[data-sort="${name}"]`).focus(); }, "data-sort": name },
      t(`library.${name}`), el("span", { "aria-hidden": "true" }, state.by === name ? (state.down ? "↓" : "↑") : ""))));
  const shown = state.all ? found : found.slice(0, FIRST);
  table.replaceChildren(el("table", { class: "documents pick" },
    el("thead", {}, el("tr", {}, heads, el("th", { scope: "col" }, el("span", { class: "unseen" }, t("delete"))))),
    el("tbody", {}, shown.map((one) => rowOf(one, told, load)))),
  shown.length < found.length ? el("p", { class: "empty" }, el("button", { type: "button", onclick: () => { state.all = true; again(); } }, t("library.all", { n: found.length }))) : "");
}

function rowOf(one, told, load) {
  const remove = async () => {
    if (!(await confirmDelete(one, told))) return;
    await load();
    document.querySelector("main h1")?.focus({ preventScroll: true });
  };
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: `/library/${part(one.document_id)}` }, verbatim("span", {}, one.title)), verbatim("span", { class: "id" }, one.source_name || one.document_id),
      one.warnings?.length > 0 && el("span", { class: "small warned" }, icon("warn"), " ", english(one.warnings[0]), one.warnings.length > 1 && [" ", el("a", { href: `/library/${part(one.document_id)}` }, t("library.warnings", { n: one.warnings.length - 1 }))])),
    el("td", { "data-name": t("library.edition") }, one.edition || "–"),
    el("td", { class: "number", "data-name": t("library.codes") }, number(one.codes)),
    el("td", { class: "number", "data-name": t("library.passages") }, number(one.passages)),
    el("td", {}, el("button", { type: "button", class: "quiet icon tiny", "aria-label": t("delete.label", { title: one.title }), title: t("delete"), onclick: remove }, icon("trash"))));
}
