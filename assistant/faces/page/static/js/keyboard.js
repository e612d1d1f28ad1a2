// The keyboard. Keys without a modifier can be switched off, as some ways of dictating need.

import { byId, el } from "./dom.js";
import { t } from "./i18n.js";
import { keep, kept } from "./kept.js";
import { closeReader, reading, stepReader } from "./reader.js";
import { openMenu } from "./shell.js";

const GROUPS = [
  ["keys.go", [["keys.query", "/"], ["room.ask", "g", "a"], ["room.note", "g", "n"], ["room.check", "g", "c"], ["room.library", "g", "l"], ["room.performance", "g", "p"], ["keys.help", "?"]]],
  ["keys.outcome", [["keys.next", "j"], ["keys.previous", "k"], ["keys.citation", "1", "…", "9"], ["keys.copy", "c"], ["keys.accept", "a"], ["keys.reject", "x"]]],
  ["keys.reader", [["keys.step-next", "]"], ["keys.step-previous", "["], ["keys.close", "Esc"]]],
  ["keys.typing", [["keys.send", "Enter"], ["keys.line", "Shift", "Enter"], ["keys.suggest", "Ctrl", "Enter"]]],
];
const PLACES = { a: "/", n: "/note", c: "/check", l: "/library", p: "/performance" };

let going = 0;

const singleKeys = () => kept("keys", true) !== false;

export function help() {
  const choice = el("input", { type: "checkbox", onchange: (event) => keep("keys", event.currentTarget.checked) });
  choice.checked = singleKeys();
  const dialog = el("dialog", { class: "help", "aria-labelledby": "keys-title", onclose: (event) => event.currentTarget.remove() },
    el("h2", { id: "keys-title" }, t("menu.shortcuts")),
    el("div", { class: "keys" }, GROUPS.map(([title, rows]) => el("section", {}, el("h3", {}, t(title)), el("dl", {}, rows.map(([key, ...keys]) => el("div", {}, el("dt", {}, t(key)), el("dd", { dir: "ltr" }, keys.map((one) => (one === "…" ? "–" : el("kbd", {}, one)))))))))),
    el("label", {}, choice, t("keys.single")),
    el("form", { method: "dialog", class: "row" }, el("button", { class: "main", autofocus: true }, t("close"))));
  document.body.append(dialog);
  dialog.showModal();
}

const stops = () => [...byId("main").querySelectorAll(".deciding button, .candidate, .nearest a.code, table.pick tbody a")].filter((one) => one.checkVisibility());

function move(by) {
  const all = stops();
  if (!all.length) return false;
  const at = all.findIndex((one) => one === document.activeElement || one.contains(document.activeElement));
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function press(key) {
  const held = document.activeElement?.closest?.(".candidate");
  if (Date.now() - going < 1500 && key in PLACES) {
    going = 0;
    dispatchEvent(new CustomEvent("visit", { detail: { path: PLACES[key] } }));
    return true;
  }
  going = 0;
  if (key === "g") { going = Date.now(); return true; }
  if (key === "?") { help(); return true; }
  if (key === "/") {
    dispatchEvent(new CustomEvent("visit", { detail: { path: "/", then: () => byId("query").select() } }));
    return true;
  }
  if (key === "j") return move(1);
  if (key === "k") return move(-1);
  if (key === "[" || key === "]") { stepReader(key === "]" ? 1 : -1); return Boolean(reading()); }
  if (/^[1-9]$/.test(key)) return click(byId("main").querySelectorAll("[data-cite]"), (one) => one.dataset.number === key);
  if (key === "c") {
    const code = (held ?? byId("main").querySelector(".candidate, .code-page"))?.querySelector(".copy");
    if (code) code.click();
    return Boolean(code);
  }
  if (key === "a" || key === "x") return click(held?.querySelectorAll(`[data-decide="${key === "a" ? "accepted" : "rejected"}"]`) ?? []);
  return false;
}

function click(among, right = () => true) {
  const found = [...among].find(right);
  found?.click();
  return Boolean(found);
}

export function wireKeyboard() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") {
      openMenu(false);
      if (reading()) closeReader();
      else if (document.activeElement?.matches("input, textarea")) document.activeElement.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || !singleKeys()) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    if (press(event.key)) event.preventDefault();
  });
}

