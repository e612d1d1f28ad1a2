// The reviewed result as a file: what was proposed, on which evidence, and what the coder decided.

import { save } from "./dom.js";
import { asText } from "./citations.js";
import { written } from "./code_names.js";

const decided = (decisions, candidate) => decisions.get(written(candidate.code)) ?? "undecided";

function exported(result, decisions) {
  return {
    kind: "reviewed_suggestion",
    library: result.library,
    candidates: result.candidates.map((candidate) => ({ decision: decided(decisions, candidate), ...candidate })),
    statements: result.statements,
  };
}

// A spreadsheet runs a cell that begins like a formula; with an apostrophe before it, it shows it.
export function cell(value) {
  const text = String(value ?? "");
  const safe = /^[\s]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

const HEAD = ["decision", "system", "code", "edition", "title", "confidence", "note evidence", "citation", "missing", "cautions"];

export function csv(result, decisions) {
  const rows = result.candidates.map((candidate) => [decided(decisions, candidate), candidate.code.system, candidate.code.value, candidate.code.edition, candidate.title, candidate.confidence,
    candidate.note_evidence.map((one) => one.quote).join(" | "), candidate.citations[0] ? asText(candidate.citations[0]) : "",
    (candidate.missing ?? []).map((one) => one.requirement).join(" | "), (candidate.cautions ?? []).map((one) => one.text).join(" | ")]);
  // The mark at the front tells a spreadsheet that the letters are UTF-8.
  return `\ufeff${[HEAD, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

export const exportJson = (result, decisions) => save("suggestion.json", JSON.stringify(exported(result, decisions), null, 2), "application/json");
export const exportCsv = (result, decisions) => save("suggestion.csv", csv(result, decisions), "text/csv;charset=utf-8");
