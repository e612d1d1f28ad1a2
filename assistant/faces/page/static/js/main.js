// Starts the page and brings each address to its room. Rooms other than asking are fetched when first visited.

import { byId, el, toast } from "./dom.js";
import { known, preferred, t, useLanguage } from "./i18n.js";
import { forget, kept } from "./kept.js";
import { askRoom, showOutcome, startNew } from "./ask.js";
import { closeReader } from "./reader.js";
import { help, wireKeyboard } from "./keyboard.js";
import { dress, furnish, showRoom, wireShell } from "./shell.js";
import { problem } from "./service.js";

let latest = null;

const decoded = (address) => address.pathname.split("/").slice(1).map(decodeURIComponent);

async function roomOf(address) {
  const [name, ...rest] = decoded(address);
  switch (name) {
    case "note": return ["note", (await import("./note.js")).noteRoom()];
    case "check": return ["check", (await import("./check.js")).checkRoom()];
    case "library": return rest[0] ? ["library", await (await import("./document.js")).documentRoom(rest.join("/"))] : ["library", await (await import("./library.js")).libraryRoom()];
    case "performance": return ["performance", await (await import("./performance.js")).performanceRoom()];
    case "codes": return ["code", await (await import("./code.js")).codeRoom(rest[0], rest.slice(1).join("/"), address.searchParams.get("edition"))];
    default: return ["ask", askRoom()];
  }
}

async function enter(focus = true) {
  const current = (latest = Symbol());
  const address = new URL(location.href);
  let entered;
  try {
    entered = await roomOf(address);
  } catch (error) {
    entered = ["", el("section", { class: "room" }, el("h1", { tabindex: -1 }, t("brand")), problem(error))];
  }
  if (current !== latest) return;
  const [name, room] = entered;
  closeReader();
  const same = byId("main").firstElementChild === room;
  if (!same) byId("main").replaceChildren(room);
  showRoom(name);
  if (name === "ask") showOutcome(history.state?.outcome);
  const heading = room.querySelector("h1, h2");
  const titled = name === "code" || (name === "library" && address.pathname !== "/library") ? heading?.textContent : name && t(`room.${name}`);
  document.title = name === "ask" || !titled ? t("brand") : `${titled} · ${t("brand")}`;
  if (address.hash) byId(address.hash.slice(1))?.scrollIntoView();
  else if (focus && !same) scrollTo(0, 0);
  if (name === "ask" && room.classList.contains("fresh")) byId("query").focus({ preventScroll: true });
  else if (focus && !same) heading?.focus({ preventScroll: true });
}

function visit(path) {
  const address = new URL(path, location.href);
  if (address.pathname === location.pathname && address.search === location.search) {
    if (address.hash !== location.hash) history.pushState(history.state, "", address);
    return enter();
  }
  history.pushState(null, "", address);
  return enter();
}

// Start New is a room and an act: it forgets what was asked.
function begin() {
  startNew();
  dispatchEvent(new Event("start-new"));
  forget();
  history.pushState(null, "", "/");
  enter();
  toast(t("started"));
}

async function changeLanguage(tag) {
  await useLanguage(tag);
  // The rooms hold words of the old language; those with something typed in them are kept by a reload of nothing else.
  dispatchEvent(new Event("language"));
  furnish();
  await enter(false);
}

function wireLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || link.hasAttribute("download") || link.target) return;
    const address = new URL(link.href);
    if (address.origin !== location.origin || address.pathname.startsWith("/v1/") || address.pathname === "/docs") return;
    event.preventDefault();
    if (link.classList.contains("skip")) return byId("main").focus();
    if (link.dataset.room === "ask") return begin();
    if (link.getAttribute("href").startsWith("#")) {
      const place = byId(address.hash.slice(1));
      place?.scrollIntoView();
      return place?.setAttribute("tabindex", "-1"), place?.focus({ preventScroll: true });
    }
    visit(address);
  });
  addEventListener("visit", async ({ detail: { path, then } }) => {
    if (location.pathname !== path) await visit(path);
    then?.();
  });
  addEventListener("popstate", () => enter());
}

async function start() {
  dress();
  const chosen = kept("language");
  await useLanguage("en").catch(() => {});
  const tag = known(chosen) ? chosen : preferred();
  if (tag !== "en") await useLanguage(tag).catch(() => useLanguage("en"));
  furnish();
  wireShell(changeLanguage);
  wireLinks();
  wireKeyboard();
  byId("help").addEventListener("click", help);
  delete document.documentElement.dataset.waiting;
  await enter(false);
}

start();
