// The document beside the outcome: its stored text with the quote lit, or the page of a PDF with the quote's boxes.

import { byId, centre, characters, copyText, el, icon, verbatim } from "./dom.js";
import { number, t } from "./i18n.js";
import { api, part, problem, readText } from "./service.js";
import { asText, keyOf, originOf, placeOf } from "./citations.js";
import { sheetsOf } from "./sheets.js";

const WHOLE = 200_000, AROUND = 20_000; // characters shown: all of a short document, a part of a long one

let shown = null; // {citation, among, back}

const panel = () => byId("reader");
export const reading = () => shown;

export function closeReader() {
  if (!shown) return;
  const { back } = shown;
  shown = null;
  panel().hidden = true;
  panel().replaceChildren();
  document.body.classList.remove("reading");
  byId("main").inert = false;
  byId("side").inert = false;
  lightCites();
  if (back?.isConnected) back.focus({ preventScroll: true });
}

function lightCites() {
  const key = shown && keyOf(shown.citation);
  for (const button of document.querySelectorAll("[data-cite]")) {
    if (button.dataset.cite === key) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

export function stepReader(by) {
  if (!shown || shown.among.length < 2) return;
  const at = shown.among.findIndex((one) => keyOf(one) === keyOf(shown.citation));
  openReader(shown.among[(at + by + shown.among.length) % shown.among.length], shown.among, shown.back, false);
}

// Opens a citation; `among` are those that the arrows step through, `back` takes the focus when the reader closes.
export async function openReader(citation, among = [citation], back = document.activeElement, focus = true) {
  const opened = (shown = { citation, among, back });
  document.body.classList.add("reading");
  panel().hidden = false;
  lightCites();
  // Where the reader covers the page, what lies below must not take the focus.
  const covers = matchMedia("(max-width: 68rem)").matches;
  byId("main").inert = byId("side").inert = covers;
  const check = el("p", { class: "small" });
  const body = el("div", { class: "text", tabindex: 0, role: "region", "aria-label": t("reader.text") }, t("opening"));
  const tools = el("div", { class: "row tools" });
  const title = verbatim("h2", { id: "reader-title", tabindex: -1 }, citation.document_title);
  panel().replaceChildren(
    el("div", { class: "head" },
      el("div", { class: "row named" }, title, el("button", { type: "button", class: "quiet icon", "aria-label": t("reader.close"), title: `${t("reader.close")} (Esc)`, onclick: closeReader }, icon("close"))),
      el("p", { class: "small muted" }, [originOf({ ...citation, document_title: "" }), placeOf(citation)].filter(Boolean).join(" · ")),
      check, tools),
    body);
  if (focus) title.focus({ preventScroll: true });
  const step = (by, name, label) => el("button", { type: "button", class: "quiet icon", "aria-label": label, title: label, onclick: () => stepReader(by) }, icon(name));
  const at = among.findIndex((one) => keyOf(one) === keyOf(citation));
  const stepping = among.length > 1 && [step(-1, "before", t("reader.before")), el("span", { class: "small muted" }, t("reader.among", { at: at + 1, all: among.length })), step(1, "after", t("reader.after"))];
  const copy = el("button", { type: "button", class: "quiet", onclick: () => copyText(asText(citation), t("copied.citation")) }, icon("copy"), t("copy.citation"));
  tools.append(...[stepping, copy,
    el("a", { href: `/library/${part(citation.document_id)}` }, t("reader.document"))].flat().filter(Boolean));
  try {
    const text = characters(await readText(citation.document_id));
    if (opened !== shown) return;
    const stands = text.slice(citation.start, citation.end) === citation.quote;
    check.className = stands ? "small good" : "small bad";
    check.replaceChildren(icon(stands ? "check" : "warn"), ` ${stands ? t("reader.stands") : t("reader.changed")}`);
    const lit = fillText(body, text, citation);
    centre(body, lit);
    await offerSheets(opened, body, tools);
  } catch (error) {
    if (opened === shown) body.replaceChildren(problem(error));
  }
}

export function fillText(body, text, { start, end }) {
  const from = text.length <= WHOLE ? 0 : Math.max(0, start - AROUND);
  const to = text.length <= WHOLE ? text.length : Math.min(text.length, end + AROUND);
  const lit = el("mark", {}, text.slice(start, end));
  const cut = to - from < text.length && el("p", { class: "small muted" }, t("reader.cut", { from: number(from), to: number(to), all: number(text.length) }));
  body.replaceChildren(...[cut, verbatim("div", {}, text.slice(from, start), lit, text.slice(end, to))].filter(Boolean));
  return lit;
}

// A PDF or a scan is shown as its page where the service can draw it; its text stays one step away.
async function offerSheets(opened, body, tools) {
  const document_ = await api(`/v1/documents/${part(opened.citation.document_id)}`).catch(() => null);
  if (opened !== shown || !document_?.pages) return;
  const sheets = await sheetsOf(opened.citation);
  if (!sheets || opened !== shown) return;
  const toggle = el("button", { type: "button", class: "quiet", onclick: () => turn(body.isConnected) });
  const turn = (toSheets) => {
    (toSheets ? body : sheets).replaceWith(toSheets ? sheets : body);
    if (toSheets) sheets.dispatchEvent(new Event("shown"));
    toggle.textContent = toSheets ? t("reader.as-text") : t("reader.as-page");
  };
  tools.append(toggle);
  turn(true);
}
