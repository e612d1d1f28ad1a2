// What stands around every room: the menu, languages, appearance, the history, and the keyboard.

import { byId, el, icon } from "./dom.js";
import { language, LANGUAGES, t } from "./i18n.js";
import { history, keep, kept } from "./kept.js";
import { historyList } from "./ask.js";

const ROOMS = [["/", "ask", "plus", "g a"], ["/note", "note", "note", "g n"], ["/check", "check", "check", "g c"], ["/library", "library", "books", "g l"], ["/performance", "performance", "chart", "g p"]];
const APPEARANCES = ["system", "light", "dark"];

export function furnish() {
  for (const place of document.querySelectorAll("[data-t]")) place.textContent = t(place.dataset.t);
  for (const place of document.querySelectorAll("[data-label]")) place.setAttribute("aria-label", t(place.dataset.label));
  byId("more").replaceChildren(icon("menu"));
  byId("rooms").replaceChildren(...ROOMS.map(([href, name, shape]) => el("a", { href, "data-room": name }, icon(shape), el("span", {}, t(`room.${name}`)))));
  byId("language").replaceChildren(...LANGUAGES.map(([tag, name]) => el("option", { value: tag, lang: tag }, name)));
  byId("language").value = language;
  byId("appearance").replaceChildren(...APPEARANCES.map((name) => el("option", { value: name }, t(`appearance.${name}`))));
  byId("appearance").value = appearance();
  showHistory();
}

const appearance = () => (APPEARANCES.includes(kept("appearance")) ? kept("appearance") : "system");

export function dress() {
  const wanted = appearance();
  if (wanted === "system") delete document.documentElement.dataset.appearance;
  else document.documentElement.dataset.appearance = wanted;
}

function showHistory() {
  byId("history").hidden = history().length === 0;
  byId("history").querySelector("ol").replaceChildren(...historyList());
}

export function openMenu(open) {
  byId("side").classList.toggle("open", open);
  byId("more").setAttribute("aria-expanded", String(open));
}

export function wireShell(changeLanguage) {
  byId("language").addEventListener("change", () => { keep("language", byId("language").value); changeLanguage(byId("language").value); });
  byId("appearance").addEventListener("change", () => { keep("appearance", byId("appearance").value); dress(); });
  byId("more").addEventListener("click", () => openMenu(!byId("side").classList.contains("open")));
  addEventListener("history", showHistory);
  addEventListener("storage", showHistory); // another tab asked
}

export function showRoom(name) {
  openMenu(false);
  for (const link of byId("rooms").children) {
    if (link.dataset.room === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}
