// Deleting a document: asked once, done at once, and acknowledged with a receipt.

import { el, icon, verbatim } from "./dom.js";
import { number, t, tx } from "./i18n.js";
import { api, part, problem } from "./service.js";

// True once the document is gone; the receipt or the reason stands in `told`.
export function confirmDelete(one, told) {
  return new Promise((decide) => {
    const dialog = el("dialog", { "aria-labelledby": "delete-title", "aria-describedby": "delete-text", onclose: async () => {
      dialog.remove();
      decide(dialog.returnValue === "delete" && (await remove(one, told)));
    } },
    el("h2", { id: "delete-title" }, t("delete.title")),
    el("p", { id: "delete-text" }, tx("delete.text", { title: verbatim("b", {}, one.title), n: one.passages })),
    el("form", { method: "dialog", class: "row" }, el("button", { value: "keep", autofocus: true }, t("delete.keep")), el("button", { value: "delete", class: "danger" }, t("delete"))));
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function remove(one, told) {
  const receipt = el("div", { class: "card receipt", role: "status" });
  told.prepend(receipt);
  try {
    const removed = await api(`/v1/documents/${part(one.document_id)}`, { method: "DELETE" });
    receipt.append(el("p", {}, icon("check"), " ", tx("delete.receipt", { title: verbatim("b", {}, one.title), n: removed.passages_removed })),
      el("p", { class: "small muted" }, el("span", { class: "code" }, removed.document_id), " · ", t("delete.generation", { generation: number(removed.generation) })));
    return true;
  } catch (error) {
    receipt.replaceWith(problem(error));
    return false;
  }
}
