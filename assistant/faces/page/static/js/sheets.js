// A page of a PDF as the service draws it, with boxes over the quoted words.

import { centre, el, icon } from "./dom.js";
import { t } from "./i18n.js";
import { api, part } from "./service.js";

// Null where the service cannot draw pages: the stored text then stands alone.
export async function sheetsOf(citation) {
  const base = `/v1/documents/${part(citation.document_id)}`;
  const boxes = await api(`${base}/boxes?start=${citation.start}&end=${citation.end}`).then((body) => body.boxes, () => []);
  const first = boxes[0]?.page ?? citation.page;
  if (!first) return null;
  const drawn = await draw(base, first);
  if (!drawn) return null;
  const holder = el("div", { class: "pages", tabindex: 0, role: "region", "aria-label": t("reader.pages") });
  let large = false, lit = null;
  const show = (page, image) => {
    const over = boxes.filter((box) => box.page === page).map((box) => el("i", { style: {
      left: `${box.x0 * 100}%`, top: `${box.y0 * 100}%`, width: `${(box.x1 - box.x0) * 100}%`, height: `${(box.y1 - box.y0) * 100}%` } }));
    const sheet = el("div", { class: "sheet", dir: "ltr" }, image, over);
    const turn = (by, name, label) => el("button", { type: "button", class: "quiet icon", "aria-label": label, title: label, disabled: page + by < 1, onclick: async () => {
      const other = await draw(base, page + by);
      if (other) show(page + by, other);
    } }, icon(name));
    const enlarge = () => {
      large = !large;
      show(page, image);
      holder.querySelector(".end").focus({ preventScroll: true });
    };
    const larger = el("button", { type: "button", class: "quiet icon end", "aria-label": t("page.larger"), title: t("page.larger"), "aria-pressed": String(large), onclick: enlarge }, icon("search"));
    sheet.classList.toggle("large", large);
    holder.replaceChildren(el("div", { class: "row turn" }, turn(-1, "before", t("page.before")), el("span", { class: "small muted" }, t("place.page", { page })), turn(1, "after", t("page.after")), larger), sheet);
    lit = over[0] ?? null;
    if (lit && holder.isConnected) centre(holder, lit);
  };
  show(first, drawn);
  holder.addEventListener("shown", () => { if (lit?.isConnected) centre(holder, lit); });
  return holder;
}

async function draw(base, page) {
  const image = el("img", { src: `${base}/pages/${page}?scale=2`, alt: t("place.page", { page }) });
  try {
    await image.decode();
    return image;
  } catch {
    return null;
  }
}
