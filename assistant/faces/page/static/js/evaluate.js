// Runs an evaluation from the page: a set that the service knows, or a coder's own as CSV.

import { el, english } from "./dom.js";
import { percent, t } from "./i18n.js";
import { api, part, problem, send } from "./service.js";

const ENDED = new Set(["done", "failed", "cancelled"]);

// Nothing where the service cannot run one.
export async function evaluateForm(changed) {
  const sets = await api("/v1/evaluation-sets").then((body) => body.sets, () => null);
  if (!sets) return el("section", { class: "part" }, el("h2", {}, t("evaluate.title")), el("p", { class: "muted small" }, t("evaluate.terminal"), " ", el("code", { dir: "ltr" }, "assistant eval eval/starter")));
  const told = el("div", { role: "status", class: "stack" });
  const choice = el("select", { id: "set", autocomplete: "off" }, sets.map((one) => el("option", { value: one.name }, `${one.name} (${t("evaluate.queries", { n: one.queries })})`)));
  const file = el("input", { type: "file", id: "own-set", class: "unseen", accept: ".csv,text/csv", onchange: (event) => {
    const [own] = event.currentTarget.files;
    event.currentTarget.value = "";
    if (!own) return;
    const body = new FormData();
    body.append("file", own);
    run(() => api("/v1/performance", { method: "POST", body }), told, changed);
  } });
  return el("section", { class: "part evaluate" }, el("h2", {}, t("evaluate.title")), el("p", { class: "small muted" }, t("evaluate.means")),
    el("form", { class: "row", onsubmit: (event) => { event.preventDefault(); run(() => send("/v1/performance", { set: choice.value }), told, changed); } },
      sets.length > 0 && [el("label", { class: "row" }, el("span", {}, t("evaluate.set")), choice), el("button", { class: "main" }, t("evaluate.run"))],
      el("label", { class: "button" }, file, t("evaluate.own")), el("span", { class: "small muted" }, t("evaluate.csv"), " ", el("code", { dir: "ltr" }, "question,codes"))),
    told);
}

async function run(start, told, changed) {
  const line = el("p", {}, t("evaluate.starting")), bar = el("progress", { max: 1, value: 0, "aria-label": t("evaluate.progress") });
  const cancel = el("button", { type: "button", class: "quiet end" }, t("upload.cancel"));
  told.replaceChildren(el("div", { class: "card job" }, el("div", { class: "row" }, line, cancel), bar));
  try {
    const { job } = await start();
    cancel.addEventListener("click", () => { cancel.disabled = true; api(`/v1/jobs/${part(job)}`, { method: "DELETE" }, () => null).catch(() => cancel.remove()); });
    let state;
    for (;;) {
      state = await api(`/v1/jobs/${part(job)}`);
      bar.value = state.progress;
      line.textContent = state.state === "queued" ? t("upload.queued") : t("evaluate.running", { share: percent(state.progress) });
      if (ENDED.has(state.state)) break;
      await new Promise((wake) => setTimeout(wake, 300));
    }
    const end = state.state === "done" ? t("evaluate.done") : state.state === "cancelled" ? t("upload.cancelled") : t("evaluate.failed");
    const faults = [state.message, ...(state.outcomes ?? []).flatMap((one) => [one.message, ...(one.warnings ?? [])])].filter(Boolean);
    told.replaceChildren(el("div", { class: "card job" }, el("p", {}, end), faults.length > 0 && el("ul", { class: "small muted" }, faults.map((text) => el("li", {}, english(text))))));
    if (state.state === "done") await changed();
  } catch (error) {
    told.replaceChildren(problem(error));
  }
}
