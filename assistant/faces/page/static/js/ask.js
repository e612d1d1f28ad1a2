// Start New: one query at a time, answered from the documents. A follow-up names its code in sight; nothing else goes along.

import { el, icon, say, verbatim } from "./dom.js";
import { language, t } from "./i18n.js";
import { history, remember } from "./kept.js";
import { named, written } from "./code_names.js";
import { FOLLOW_UPS } from "./follow.js";
import { problem, send } from "./service.js";
import { answerOf, refusalOf } from "./outcomes.js";
import { closeReader } from "./reader.js";
import { SYSTEMS } from "./systems.js";
import { holdings } from "./holdings.js";

let room = null;
const field = (id) => room.querySelector(`#${id}`);
let about = null;
let latest = null;
let shown = null; // the request whose outcome stands below
const outcomes = new Map(); // of this visit, so that going back shows what was there; gone when the page is left

export function askRoom() {
  if (!room) room = build();
  room.querySelector(".holdings").replaceChildren();
  holdings(room.querySelector(".holdings"), (query) => ask({ query, system: field("system").value, asOf: field("as-of").value, about: null }));
  return room;
}

function build() {
  const query = el("textarea", { id: "query", rows: 1, autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "send", placeholder: t("ask.placeholder"), oninput: echo,
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      event.currentTarget.form.requestSubmit();
    } });
  // No field has a name: should the script ever fail, nothing typed can end up in an address.
  const form = el("form", { class: "composer", id: "ask-form", onsubmit: submit },
    el("h1", { tabindex: -1, id: "ask-title" }, t("ask.title")),
    el("div", { class: "box" },
      el("div", { id: "about" }),
      el("label", { class: "unseen", for: "query" }, t("ask.label")), query,
      el("div", { class: "under" },
        el("label", {}, el("span", {}, t("ask.system")), el("select", { id: "system", autocomplete: "off" }, el("option", { value: "" }, t("ask.any")), SYSTEMS.map((name) => el("option", { value: name }, name)))),
        el("label", {}, el("span", {}, t("ask.date")), el("input", { type: "date", id: "as-of", autocomplete: "off" })),
        el("button", { class: "main", id: "ask-button" }, t("ask.button"))),
    ));
  const points = [...(language === "en" ? [] : [["speech", "ask.point.language"]]), ["quote", "ask.point.verbatim"], ["refuse", "ask.point.refused"], ["check", "ask.point.review"], ["shield", "ask.point.history"]];
  return el("section", { class: "room ask fresh", "aria-labelledby": "ask-title" }, form,
    el("div", { id: "asking" }), el("div", { id: "outcome" }),
    el("div", { class: "welcome" }, el("ul", {}, points.map(([name, key]) => el("li", {}, icon(name), t(key)))), el("div", { class: "holdings" })));
}

function setAbout(code) {
  about = code;
  field("about").replaceChildren(...(code ? [el("p", { class: "chip" }, el("span", {}, t("ask.about"), " "), el("span", { class: "code" }, named(code)),
    el("button", { type: "button", "aria-label": t("ask.about.remove", { code: named(code) }), title: t("ask.about.remove", { code: named(code) }),
      onclick: () => { setAbout(null); field("query").focus(); } }, icon("close")))] : []));
}

function submit(event) {
  event.preventDefault();
  const query = field("query").value.trim();
  if (!query) return field("query").focus();
  ask({ query, system: field("system").value, asOf: field("as-of").value, about });
}

function askAbout(code) {
  goHere();
  setAbout(code);
  field("query").value = "";
  field("query").focus();
}

function goHere() {
  askRoom();
  dispatchEvent(new CustomEvent("visit", { detail: { path: "/" } }));
}

async function ask(request) {
  const current = (latest = Symbol());
  const arrived = location.pathname !== "/";
  goHere();
  closeReader();
  field("query").value = request.follow ? "" : request.query;
  field("system").value = request.system;
  field("as-of").value = request.asOf;
  setAbout(request.about);
  field("asking").replaceChildren(el("p", { class: "waiting", role: "presentation" }, el("i")));
  const body = { query: request.query };
  if (request.system) body.systems = [request.system];
  if (request.asOf) body.as_of = request.asOf;
  if (request.about) body.about = written(request.about);
  try {
    const response = await send("/v1/ask", body);
    if (current !== latest) return;
    const id = crypto.randomUUID?.() ?? String(Math.random());
    outcomes.set(id, { request, response });
    // The address stays as it is: a query is in no address and in no log of one.
    // Back leads to what stood here before: an earlier outcome, the empty field, or the room that was asked from.
    if (arrived) window.history.replaceState({ outcome: id }, "", "/");
    else window.history.pushState({ outcome: id }, "", "/");
    show(request, response);
    remember({ query: request.query, follow: request.follow, system: request.system, asOf: request.asOf, about: request.about ? written(request.about) : "",
      kind: response.kind, code: response.candidates?.[0] ? response.candidates[0].code.value : "" });
  } catch (error) {
    if (current !== latest) return;
    field("asking").replaceChildren(problem(error));
    field("query").value = request.query;
  }
}

// The query stands above its outcome once: in its field, or, where that holds something else by now, as a heading.
function echo() {
  const same = shown && !shown.follow && field("query").value.trim() === shown.query;
  room.querySelector(".outcome > header")?.classList.toggle("unseen", Boolean(same));
}

const titleOf = (request) => (request.follow ? t(`follow.${request.follow}.asks`) : request.query);

function show(request, response) {
  field("asking").replaceChildren();
  room.classList.remove("fresh");
  const limits = [request.about && t("ask.limit.about", { code: named(request.about) }), request.system && t("ask.limit.system", { system: request.system }), request.asOf && t("ask.limit.date", { date: request.asOf })].filter(Boolean);
  const heading = (request.follow ? el : verbatim)("h2", { tabindex: -1 }, titleOf(request));
  const header = el("header", {}, heading, limits.length > 0 && el("p", { class: "small muted" }, limits.join(" · ")));
  const made = response.kind === "answer" ? answerOf(response, request) : refusalOf(response);
  field("outcome").replaceChildren(el("article", { class: "outcome" }, header, made));
  shown = request;
  echo();
  // On to the outcome, so that j, k and the numbers work at once; "/" leads back to the query.
  heading.focus({ preventScroll: true });
  scrollTo(0, 0);
  say(spoken(response));
}

function spoken(response) {
  if (response.kind !== "answer") return `${t("refusal.title")}. ${t(`reason.${response.reason}.why`)}`;
  const near = response.form === "rule" || response.form === "value";
  return [response.verdict && `${t(`verdict.${response.verdict}`)}.`, response.choice && `${t("choice.title")}.`, t("answer.said", { n: response.statements.length }),
    !near && t("answer.proposed", { n: response.candidates.length })].filter(Boolean).join(" ");
}

// Going back and forth between the outcomes of this visit, and to the empty field before the first.
export function showOutcome(id) {
  const held = outcomes.get(id);
  if (!held) return empty();
  setAbout(held.request.about);
  field("query").value = held.request.follow ? "" : held.request.query;
  field("system").value = held.request.system;
  field("as-of").value = held.request.asOf;
  return show(held.request, held.response);
}

function empty() {
  shown = null;
  field("outcome").replaceChildren();
  room.classList.add("fresh");
}

function askAgain(entry) {
  const [system, ...value] = entry.about ? entry.about.split(":") : [];
  ask({ query: entry.query, follow: entry.follow in FOLLOW_UPS ? entry.follow : undefined, system: SYSTEMS.includes(entry.system) ? entry.system : "", asOf: entry.asOf || "",
    about: entry.about ? { system, value: value.join(":"), edition: null } : null });
}

// Forgets the outcomes shown; the caller forgets the history.
export function startNew() {
  latest = null;
  outcomes.clear();
  if (!room) return;
  empty();
  field("asking").replaceChildren();
  room.querySelector("form").reset();
  setAbout(null);
}

addEventListener("follow", ({ detail }) => (detail.query ? ask(detail) : askAbout(detail.about)));
// The words of the room are those of the old language; what is typed stays.
addEventListener("language", () => {
  if (!room) return;
  const typed = ["query", "system", "as-of"].map((id) => [id, field(id).value]);
  const code = about;
  room = build();
  for (const [id, value] of typed) field(id).value = value;
  setAbout(code);
});

// The list at the side.
export function historyList() {
  return history().map((entry) => el("li", {}, el("button", { type: "button", title: entry.query, onclick: () => askAgain(entry) },
    entry.kind === "refusal" && icon("refuse"), entry.about && el("span", { class: "code" }, entry.about.split(":").at(-1)),
    entry.follow in FOLLOW_UPS ? el("span", {}, t(`follow.${entry.follow}`)) : verbatim("span", {}, entry.query),
    entry.kind === "refusal" && el("span", { class: "unseen" }, t("history.refused")))));
}
