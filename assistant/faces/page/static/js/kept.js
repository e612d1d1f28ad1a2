// What this browser keeps: language, appearance, shortcuts, and the history of queries. Never a note, never an answer.

const NAME = "assistant.";
const HELD = 60;

export function kept(name, otherwise = null) {
  try {
    const held = localStorage.getItem(NAME + name);
    return held === null ? otherwise : JSON.parse(held);
  } catch {
    return otherwise; // storage is switched off, or holds what another program wrote
  }
}

export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(NAME + name);
    else localStorage.setItem(NAME + name, JSON.stringify(value));
  } catch { /* storage is switched off or full: the page works without */ }
}

const isEntry = (entry) => entry && typeof entry.query === "string" && typeof entry.kind === "string";
export const history = () => {
  const entries = kept("history", []);
  return Array.isArray(entries) ? entries.filter(isEntry) : [];
};

export function remember(entry) {
  const same = (other) => ["query", "system", "asOf", "about"].every((name) => (other[name] || "") === (entry[name] || ""));
  keep("history", [entry, ...history().filter((other) => !same(other))].slice(0, HELD));
  dispatchEvent(new Event("history"));
}

export function forget() {
  keep("history", null);
  dispatchEvent(new Event("history"));
}
