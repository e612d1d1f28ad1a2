// Speaks to the HTTP service. What goes wrong is said in the page's language, with the service's own sentence beside it.

import { el, english } from "./dom.js";
import { language, t } from "./i18n.js";

const SAID = { 400: "error.input", 404: "error.missing", 405: "error.missing", 409: "error.busy", 413: "error.large", 422: "error.input", 429: "error.busy", 503: "error.library", 507: "error.full" };

export class ServiceError extends Error {
  constructor(status, detail) {
    super(detail || String(status));
    this.status = status;
    this.detail = detail;
  }
  get absent() {
    return this.status === 404 || this.status === 405 || this.status === 501;
  }
}

export const part = encodeURIComponent;

export async function api(path, options = {}, read = (response) => response.json()) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
    if (response.ok) return await read(response);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError(0, "");
  }
  const problem = await response.json().catch(() => ({}));
  throw new ServiceError(response.status, typeof problem.detail === "string" ? problem.detail.trim() : "");
}

export const send = (path, body) =>
  api(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const readText = (id) =>
  api(`/v1/documents/${part(id)}/text`, {}, async (response) =>
    new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer()));

const sentence = (text) => text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

export function problem(error) {
  if (!(error instanceof ServiceError)) return el("p", { class: "problem", role: "alert" }, error.message);
  const general = error.status === 0 ? t("error.silent") : t(SAID[error.status] || "error.other");
  if (!error.detail) return el("p", { class: "problem", role: "alert" }, general);
  const detail = english(sentence(error.detail));
  return el("p", { class: "problem", role: "alert" }, language === "en" ? detail : [general, " ", detail]);
}
