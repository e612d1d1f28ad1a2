// Adding documents: dropped or chosen, whole folders too, each upload a job that is watched until it ends.

import { el, english, icon, verbatim } from "./dom.js";
import { percent, t } from "./i18n.js";
import { keep, kept } from "./kept.js";
import { api, part, problem } from "./service.js";

const ENDED = new Set(["done", "failed", "cancelled"]);

export function uploads(told, changed) {
  const start = (files) => { if (files.length) upload(files, told, changed); };
  // A file out of a folder keeps the folder in its name, so that two of one name are told apart.
  const chosen = (event) => { start([...event.currentTarget.files].map((file) => [file, file.webkitRelativePath || file.name])); event.currentTarget.value = ""; };
  const input = (id, attributes) => el("input", { type: "file", id, class: "unseen", multiple: true, onchange: chosen, ...attributes });
  for (const job of kept("jobs", []) ?? []) if (typeof job === "string" && /^[\w-]+$/.test(job)) resume(job, told, changed);
  return el("div", { class: "drop",
    ondragover: (event) => { event.preventDefault(); event.currentTarget.classList.add("over"); },
    ondragleave: (event) => { if (!event.currentTarget.contains(event.relatedTarget)) event.currentTarget.classList.remove("over"); },
    ondrop: async (event) => {
      event.preventDefault();
      event.currentTarget.classList.remove("over");
      const { items, files } = event.dataTransfer;
      const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      start(entries.length ? await filesIn(entries) : [...files].map((file) => [file, file.name]));
    } },
  icon("up"), el("p", {}, t("upload.drop")),
  el("div", { class: "row" }, el("label", { class: "button" }, input("files", {}), t("upload.files")), el("label", { class: "button" }, input("folder", { webkitdirectory: true }), t("upload.folder"))),
  el("p", { class: "small muted" }, t("upload.formats")));
}

// A dropped folder is read in depth, in the order of its names.
async function filesIn(entries) {
  const found = [];
  for (const entry of entries) {
    if (entry.isFile) found.push([await new Promise((done, fail) => entry.file(done, fail)), entry.fullPath.replace(/^\/+/, "")]);
    else {
      const reader = entry.createReader();
      for (;;) {
        const some = await new Promise((done, fail) => reader.readEntries(done, fail));
        if (!some.length) break;
        found.push(...(await filesIn(some)));
      }
    }
  }
  return found;
}

function sheet(told, words) {
  const line = el("p", {}, words), bar = el("progress", { max: 1, value: 0, "aria-label": t("upload.progress") }), files = el("ul", { class: "outcomes" }), tools = el("span", { class: "end" });
  const shown = el("div", { class: "card job" }, el("div", { class: "row" }, line, tools), bar, files);
  told.prepend(shown);
  return { shown, line, bar, files, tools };
}

async function upload(files, told, changed) {
  const parts = sheet(told, t("upload.sending", { n: files.length }));
  const body = new FormData();
  for (const [file, name] of files) body.append("files", file, name);
  try {
    const { job } = await api("/v1/documents", { method: "POST", body });
    keep("jobs", [...(kept("jobs", []) ?? []), job]);
    await watch(job, parts, changed);
  } catch (error) {
    parts.shown.replaceChildren(problem(error));
  }
}

// A job goes on when the page is left; whoever comes back sees it again.
async function resume(job, told, changed) {
  const first = await api(`/v1/jobs/${part(job)}`).catch(() => null);
  if (!first || ENDED.has(first.state)) return done(job);
  return watch(job, sheet(told, t("upload.reading", { n: first.outcomes.length })), changed).catch(() => done(job));
}
const done = (job) => keep("jobs", (kept("jobs", []) ?? []).filter((other) => other !== job));

async function watch(job, { shown, line, bar, files, tools }, changed) {
  const cancel = el("button", { type: "button", class: "quiet", onclick: async () => {
    cancel.disabled = true;
    await api(`/v1/jobs/${part(job)}`, { method: "DELETE" }, () => null).catch((error) => { if (error.absent) cancel.remove(); });
  } }, t("upload.cancel"));
  tools.replaceChildren(cancel);
  let state;
  for (;;) {
    state = await api(`/v1/jobs/${part(job)}`);
    bar.value = state.progress;
    line.textContent = state.state === "queued" ? t("upload.queued") : t("upload.running", { share: percent(state.progress) });
    files.replaceChildren(...state.outcomes.map(outcomeOf));
    if (ENDED.has(state.state)) break;
    await new Promise((wake) => setTimeout(wake, 300));
    if (!shown.isConnected) return; // the room was left: coming back resumes
  }
  done(job);
  tools.replaceChildren(el("button", { type: "button", class: "quiet icon tiny", "aria-label": t("close"), onclick: () => shown.remove() }, icon("close")));
  bar.remove();
  const failed = state.outcomes.filter((one) => one.state === "failed").length;
  if (state.state === "failed") line.replaceChildren(el("span", { class: "bad" }, t("upload.failed")), " ", state.message ? english(state.message) : "");
  else if (state.state === "cancelled") line.textContent = t("upload.cancelled");
  else line.textContent = failed ? t("upload.done-but", { n: failed }) : t("upload.done");
  await changed();
}

const STATES = new Set(["waiting", "running", "added", "updated", "unchanged", "removed", "failed", "cancelled"]);
const HANDLED = new Set(["waiting", "running"]);

// What the service says of a file is in English; the page says so by its language.
function outcomeOf(one) {
  const state = STATES.has(one.state) ? t(`outcome.${one.state}`) : one.state;
  const name = one.document_id ? el("a", { href: `/library/${part(one.document_id)}` }, verbatim("span", {}, one.file)) : verbatim("span", {}, one.file);
  const held = one.document_id ? [" · ", t("holdings.passages", { n: one.passages }), " · ", t("holdings.codes", { n: one.codes })] : "";
  const far = one.state === "running" ? el("progress", { max: 1, value: one.progress, "aria-label": t("upload.progress") }) : "";
  const warnings = one.warnings?.length > 0 && el("details", { open: one.warnings.length < 4 },
    el("summary", {}, t("upload.warnings", { n: one.warnings.length })),
    el("ul", { class: "small muted" }, one.warnings.map((warning) => el("li", {}, english(warning)))));
  return el("li", {},
    el("span", { class: one.state === "failed" ? "bad" : HANDLED.has(one.state) ? "muted" : "good" }, state), " ", name,
    el("span", { class: "muted" }, held), far, one.message && el("p", { class: "small" }, english(one.message)), warnings);
}
