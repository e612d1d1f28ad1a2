// Hovering or focusing a candidate lights its words in the note and its passage in the document, and the other way round.

import { keyOf } from "./citations.js";
import { openReader, reading } from "./reader.js";

export function wireLights(halves, result) {
  const marks = [...halves.querySelectorAll("[data-lights]")];
  const cards = [...halves.querySelectorAll("[data-at]")];
  const lights = (mark) => mark.dataset.lights.split(" ").map(Number);

  const light = (wanted, scroll = false) => {
    for (const mark of marks) mark.classList.toggle("lit", lights(mark).some((at) => wanted.includes(at)));
    for (const card of cards) card.classList.toggle("lit", wanted.includes(Number(card.dataset.at)));
    halves.classList.toggle("lighting", wanted.length > 0);
    const first = scroll && marks.find((mark) => mark.classList.contains("lit"));
    if (first) first.scrollIntoView({ block: "nearest" });
    if (wanted.length === 1) follow(result.candidates[wanted[0]]);
  };
  const of = (target) => {
    const mark = target.closest?.("[data-lights]");
    if (mark) return lights(mark);
    const card = target.closest?.("[data-at]");
    return card ? [Number(card.dataset.at)] : [];
  };
  halves.addEventListener("pointerover", (event) => light(of(event.target)));
  halves.addEventListener("pointerleave", () => light(of(document.activeElement)));
  halves.addEventListener("focusin", (event) => light(of(event.target), Boolean(event.target.closest("[data-at]"))));
  halves.addEventListener("focusout", (event) => { if (!halves.contains(event.relatedTarget)) light([]); });

  const enter = (mark) => {
    const card = cards.find((one) => Number(one.dataset.at) === lights(mark)[0]);
    card?.scrollIntoView({ block: "nearest" });
    card?.focus({ preventScroll: true });
  };
  for (const mark of marks) {
    mark.addEventListener("click", () => enter(mark));
    mark.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      enter(mark);
    });
  }
}

// A document that stands open beside the note turns to the candidate's own passage.
function follow(candidate) {
  const open = reading();
  if (!open || matchMedia("(max-width: 68rem)").matches) return;
  if (candidate.citations.some((citation) => keyOf(citation) === keyOf(open.citation))) return;
  openReader(candidate.citations[0], open.among, open.back, false);
}
