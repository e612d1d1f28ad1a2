// The figures of a report in plain sentences, in the language of the page.

import { number, percent, t } from "./i18n.js";

export function sentencesOf(report) {
  const slice = (name) => report.slices.find((one) => one.slice === name);
  const known = slice("answerable"), unknown = slice("unanswerable"), { gate, latency, citations } = report;
  const told = [];
  if (known) {
    const right = known.wrong === undefined ? null : known.answered - known.wrong;
    told.push(right === null
      ? t("told.answered", { n: known.queries, answered: known.answered })
      : t("told.right", { n: known.queries, right, wrong: known.wrong, refused: known.queries - known.answered }));
  }
  if (unknown) told.push(t("told.refused", { n: unknown.queries, refused: unknown.queries - unknown.answered, answered: unknown.answered }));
  if (gate?.answered && gate.risk_interval) told.push(t("told.risk", { n: gate.answered, risk: percent(gate.risk, 1), low: percent(gate.risk_interval[0], 1), high: percent(gate.risk_interval[1], 1) }));
  if (known && Number.isFinite(known["hit@1"])) told.push(t("told.first", { first: percent(known["hit@1"]), five: percent(known["hit@5"] ?? known["hit@10"]) }));
  if (citations?.checked) told.push(t("told.citations", { n: citations.checked, valid: citations.valid }));
  if (Number.isFinite(gate?.ece)) told.push(t("told.trust", { points: percent(gate.ece, 1) }));
  if (latency) told.push(t("told.speed", { half: number(latency.p50, 0), most: number(latency.p95, 0) }));
  return told;
}
