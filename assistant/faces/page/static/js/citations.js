// Citations: what they are called, where they point, and their numbers within one outcome.

import { number, t } from "./i18n.js";
import { edition } from "./code_names.js";

export const keyOf = (citation) => `${citation.document_id} ${citation.start} ${citation.end}`;

export function placeOf(citation) {
  const where = [citation.page && t("place.page", { page: citation.page }), citation.location].filter(Boolean);
  return [...where, t("place.characters", { start: number(citation.start), end: number(citation.end) })].join(" · ");
}
export const originOf = (citation) => [citation.document_title, edition(citation.edition), citation.section].filter(Boolean).join(" · ");

// Plain text for a letter or a claim file: the words, and where they stand.
export const asText = (citation) => `“${citation.quote}” — ${originOf(citation)}, ${placeOf(citation)} [${citation.document_id}]`;

// The numbers of one outcome, in the order in which its citations are met.
export class Numbering {
  constructor() {
    this.citations = [];
    this.numbers = new Map();
  }
  number(citation) {
    const key = keyOf(citation);
    if (!this.numbers.has(key)) {
      this.citations.push(citation);
      this.numbers.set(key, this.citations.length);
    }
    return this.numbers.get(key);
  }
}
