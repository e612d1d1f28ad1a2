// One document: what it is, its passages with their codes, its stored text, and the way to its original.

import { characters, el, english, icon, verbatim } from "./dom.js";
import { day, number, t } from "./i18n.js";
import { api, part, problem, readText } from "./service.js";
import { codeAddress, edition } from "./code_names.js";
import { confirmDelete } from "./deleting.js";
import { comparing } from "./comparing.js";
import { fillText, openReader } from "./reader.js";

const FIRST = 100;

export async function documentRoom(id) {
  const back = el("p", { class: "small" }, el("a", { class: "back", href: "/library" }, icon("before"), t("room.library")));
  let one;
  try {
    one = await api(`/v1/documents/${part(id)}`);
  } catch (error) {
    return el("section", { class: "room" }, back, el("h1", { tabindex: -1 }, id), problem(error));
  }
  const told = el("div", { class: "stack" });
  const body = el("div", { class: "stack" });
  const room = el("section", { class: "room document" }, back,
    el("header", { class: "stack" }, verbatim("h1", { tabindex: -1 }, one.title),
      el("p", { class: "small muted" }, facts(one).join(" · ")),
      one.names?.length > 1 && el("p", { class: "small muted" }, t("document.names"), " ", one.names.map((name, at) => [at > 0 && ", ", verbatim("span", { class: "id-in" }, name)])),
      one.warnings?.length > 0 && el("ul", { class: "small warned" }, one.warnings.map((text) => el("li", {}, icon("warn"), " ", english(text))))),
    el("div", { class: "row" },
      el("div", { class: "tabs row", role: "group", "aria-label": t("document.view") }, tab("passages"), tab("text")),
      el("div", { class: "row end" }, el("a", { href: `/v1/documents/${part(id)}/source`, download: one.source_name || id }, t("document.original")),
        el("button", { type: "button", class: "danger", onclick: remove }, icon("trash"), t("delete")))),
    told, comparing(one), body);
  function tab(name) {
    return el("button", { type: "button", "data-tab": name, "aria-pressed": "false", onclick: () => turn(name) }, t(`document.${name}`));
  }
  async function turn(name) {
    for (const button of room.querySelectorAll("[data-tab]")) button.setAttribute("aria-pressed", String(button.dataset.tab === name));
    body.replaceChildren(el("p", { class: "muted" }, t("opening")));
    try {
      body.replaceChildren(...(name === "text" ? await textOf(one) : await passagesOf(one)));
    } catch (error) {
      body.replaceChildren(problem(error));
    }
  }
  async function remove() {
    if (!(await confirmDelete(one, told))) return;
    body.replaceChildren();
    for (const button of room.querySelectorAll(".tabs button, .danger")) button.disabled = true;
    room.querySelector("h1").focus({ preventScroll: true });
  }
  await turn("passages");
  return room;
}

function facts(one) {
  return [
    edition(one.edition),
    one.effective && t("code.from", { date: day(one.effective) }),
    one.expires && t("code.until", { date: day(one.expires) }),
    one.names?.length > 1 ? null : one.source_name,
    one.pages > 0 && t("document.pages", { n: one.pages }),
    t("holdings.passages", { n: one.passages }),
    t("holdings.codes", { n: one.codes }),
    one.codes_found !== undefined && one.codes_found !== one.codes && t("document.codes-found", { n: one.codes_found }),
    t("document.characters", { n: one.characters }),
  ].filter(Boolean);
}

async function textOf(one) {
  const text = characters(await readText(one.document_id));
  const shown = el("div", { class: "card the-text", tabindex: 0, role: "region", "aria-label": t("reader.text") });
  fillText(shown, text, { start: 0, end: 0 });
  return [shown];
}

async function passagesOf(one) {
  let listed;
  try {
    listed = (await api(`/v1/documents/${part(one.document_id)}/passages`)).passages;
  } catch (error) {
    if (!error.absent) throw error;
    return [el("p", { class: "muted" }, t("document.no-passages")), ...(await textOf(one))];
  }
  const text = listed.some((passage) => passage.text === undefined) ? characters(await readText(one.document_id)) : null;
  const list = el("ol", { class: "card passages" });
  const more = el("p", { class: "empty" });
  let from = 0;
  const show = () => {
    list.append(...listed.slice(from, from + FIRST).map((passage) => passageOf(passage, text, one)));
    from += FIRST;
    more.replaceChildren(...(from < listed.length ? [el("button", { type: "button", onclick: show }, t("document.more", { n: listed.length - from }))] : []));
  };
  show();
  return from < listed.length ? [list, more] : [list];
}

function passageOf(passage, text, one) {
  const { section, page, location, start, end } = passage;
  const code = passage.code && (typeof passage.code === "string" ? asCode(passage.code) : passage.code);
  const words = passage.text ?? text.slice(start, end);
  const citation = { document_id: one.document_id, document_title: one.title, edition: one.edition, section, page, location, start, end, quote: words };
  const place = t("place.characters", { start: number(start), end: number(end) });
  return el("li", {},
    el("div", { class: "row small muted" },
      verbatim("b", {}, section ?? ""),
      page ? t("place.page", { page }) : "",
      location ? verbatim("span", {}, location) : "",
      el("button", { type: "button", class: "link", onclick: () => openReader(citation, [citation]) }, place),
      code ? el("a", { class: "code", href: codeAddress(code) }, code.value) : "",
      passage.searched === false ? el("span", { class: "tag" }, t("document.stored-only")) : ""),
    verbatim("p", { class: "quote" }, words.trim()));
}

function asCode(written) {
  const [system, ...value] = written.split(":");
  return { system, value: value.join(":"), edition: null };
}
