// The page's sentences, by language: words-<language>.json beside this file.

export const LANGUAGES = { en: "English", pt: "Português", es: "Español", fr: "Français", de: "Deutsch" };

let sentences = {};
let current = "en";

// Returns the first language of these tags ("pt-BR") that the page speaks.
export function supported(tags) {
  return tags.map((tag) => (tag ?? "").slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? "en";
}

export async function load(language) {
  const answer = await fetch(new URL(`./words-${language}.json`, import.meta.url));
  sentences = await answer.json();
  current = language;
}

// Returns the sentence of this key with its {values}. A key that is missing is shown as it is: a test holds that none is.
export function say(key, values = {}) {
  return (sentences[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export const knows = (key) => key in sentences;

export function timeOfDay(ms) {
  return new Date(ms).toLocaleTimeString(current, { hour12: false });
}

// Returns 75 as "1:15".
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const padded = (part) => String(part).padStart(2, "0");
  return hours ? `${hours}:${padded(minutes)}:${padded(rest)}` : `${minutes}:${padded(rest)}`;
}
