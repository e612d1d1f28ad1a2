// The words of the page in ten languages. A message is a sentence with {places}, or one sentence a plural category.

export const LANGUAGES = [
  ["en", "English"], ["es", "Español"], ["zh", "中文"], ["ru", "Русский"], ["ar", "العربية"],
  ["vi", "Tiếng Việt"], ["fr", "Français"], ["de", "Deutsch"], ["ko", "한국어"], ["tl", "Tagalog"],
];
const RIGHT_TO_LEFT = new Set(["ar"]);
// Chinese of the mainland; what the browser knows Tagalog by; Arabic with the digits that codes are written in.
const LOCALES = { zh: "zh-Hans-CN", tl: "fil", ar: "ar-u-nu-latn" };

let messages = {};
let fallback = {};
export let language = "en";
let plural = new Intl.PluralRules("en");
let locale = "en";

export const known = (tag) => LANGUAGES.some(([name]) => name === tag);

export function preferred(tags = navigator.languages) {
  for (const tag of tags) {
    const name = tag.toLowerCase().split("-")[0].replace("fil", "tl");
    if (known(name)) return name;
  }
  return "en";
}

export async function useLanguage(tag) {
  const read = async (name) => (await fetch(`/static/messages/${name}.json`)).json();
  messages = await read(tag);
  if (tag === "en") fallback = messages;
  language = tag;
  locale = LOCALES[tag] || tag;
  plural = new Intl.PluralRules(locale);
  document.documentElement.lang = tag;
  document.documentElement.dir = RIGHT_TO_LEFT.has(tag) ? "rtl" : "ltr";
}

const template = (key, values) => {
  const found = messages[key] ?? fallback[key] ?? key;
  return typeof found === "string" ? found : found[plural.select(values.n ?? 0)] ?? found.other;
};

// Isolated where the page runs right to left, so that a name or code in Latin letters does not pull its neighbours along.
const shown = (value) => (typeof value === "number" ? number(value) : language === "ar" ? `\u2068${value}\u2069` : String(value));

export const t = (key, values = {}) =>
  template(key, values).replace(/\{(\w+)\}/g, (place, name) => (name in values ? shown(values[name]) : place));

// The same, with elements in some of the places: a list to append.
export const tx = (key, values = {}) =>
  template(key, values).split(/(\{\w+\})/).map((piece) => {
    const name = /^\{(\w+)\}$/.exec(piece)?.[1];
    if (!name || !(name in values)) return piece;
    return values[name] instanceof Node || Array.isArray(values[name]) ? values[name] : shown(values[name]);
  });

export const number = (value, digits) =>
  new Intl.NumberFormat(locale, digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
// Never 0 % or 100 % for what is neither.
export function percent(share, digits = 0) {
  const least = 10 ** -digits / 100;
  const rounded = share <= 0 || share >= 1 ? share : Math.min(1 - least, Math.max(least, share));
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: digits }).format(rounded);
}
export function day(iso) {
  const read = new Date(/^\d{4}-\d\d-\d\d$/.test(iso) ? `${iso}T00:00:00Z` : iso);
  if (Number.isNaN(read.getTime())) return String(iso);
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeZone: "UTC" }).format(read);
}
export const list = (items) => new Intl.ListFormat(locale, { type: "conjunction" }).format(items);
export const compare = (one, other) => one.localeCompare(other, locale, { numeric: true });
// What a language is called; a tag that the browser does not know stays as it is.
export function languageName(tag) {
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(tag);
  } catch {
    return tag;
  }
}
