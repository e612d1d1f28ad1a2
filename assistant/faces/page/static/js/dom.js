// Makes elements. Whatever is shown becomes text here, never markup: a document cannot put anything of its own into the page.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

function fill(made, attributes, content) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "style") for (const [name, set] of Object.entries(value)) made.style.setProperty(name, set);
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...content.flat(3).filter((item) => item !== null && item !== undefined && item !== false && item !== ""));
  return made;
}

export const el = (name, attributes = {}, ...content) => fill(document.createElement(name), attributes, content);
export const svg = (name, attributes = {}, ...content) => fill(document.createElementNS(SVG, name), attributes, content);

// Text in a language of the documents' own: its direction is its own too, and no translator should touch it.
export const verbatim = (name, attributes, ...content) => el(name, { dir: "auto", lang: "", translate: "no", ...attributes }, ...content);
// What the service says in English, whatever the language of the page.
export const english = (text) => el("span", { lang: "en", dir: "ltr" }, text);

const SHAPES = {
  plus: "M8 3v10M3 8h10",
  note: "M4 2.5h5.5L12.5 5.5V13.5H4zM9.5 2.5v3h3M6 8h4.5M6 10.5h3",
  books: "M3 2.5h2.5v11H3zM6.5 2.5H9v11H6.5zM10.2 3.4l2.3-.6 2.2 10-2.3.6z",
  chart: "M2.5 2.5v11h11M5.5 11V8M8.5 11V5M11.5 11V6.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  check: "m3 8.5 3.2 3.2L13 4.8",
  close: "m4 4 8 8M12 4l-8 8",
  refuse: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2M3.8 3.8l8.4 8.4",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  up: "M8 12.5v-9M4.2 7 8 3.2 11.8 7M3 13.5h10",
  down: "M8 2.5v8M4.5 7.2 8 10.7l3.5-3.5M3 13.5h10",
  menu: "M3 5h10M3 8h10M3 11h10",
  before: "m10 3.5-4.5 4.5 4.5 4.5",
  after: "m6 3.5 4.5 4.5-4.5 4.5",
  shield: "M8 2 3 3.8v4c0 3 2 5 5 6.2 3-1.2 5-3.2 5-6.2v-4z",
  search: "M7 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8M10 10l3.5 3.5",
  speech: "M2.5 3h11v7.5h-6l-3 3v-3h-2z",
  quote: "M3 5.5h3.5v3.8L4.5 12M9 5.5h3.5v3.8L10.5 12",
  warn: "M8 2.5 14.2 13.5H1.8zM8 6.5v3.2M8 11.6v.1",
};
export const icon = (name) => svg("svg", { class: `i ${name}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, svg("path", { d: SHAPES[name] }));

// Offsets count characters (code points), and a string counts UTF-16 units: only where the two differ is it taken apart.
export function characters(text) {
  const parts = /[\ud800-\udfff]/.test(text) ? Array.from(text) : null;
  return {
    length: parts ? parts.length : text.length,
    slice: (from, to) => (parts ? parts.slice(from, to).join("") : text.slice(from, to)),
  };
}

// Brings a place to the middle of what scrolls around it, and leaves the page itself where it is.
export function centre(within, place) {
  const outer = within.getBoundingClientRect(), inner = place.getBoundingClientRect();
  within.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  within.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
}

let fading;
export function toast(text) {
  const shown = byId("toast");
  shown.textContent = text;
  shown.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { shown.hidden = true; }, 2200);
  say(text);
}
// Read out by screen readers.
export function say(text) {
  byId("status").textContent = text;
}

export async function copyText(text, told) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without leave for the clipboard, as on a plain http address, the old way still works.
    const field = el("textarea", { value: text, class: "unseen", "aria-hidden": "true" });
    const back = document.activeElement;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    back?.focus();
  }
  toast(told);
}

export function save(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
