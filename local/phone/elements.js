// Makes an element in one expression: `on…` are listeners, booleans toggle attributes, the rest are attributes.

export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const byId = (id) => document.getElementById(id);

export function announce(sentence) {
  byId("announcement").textContent = sentence;
}

let hiding;

export function alarm(sentence) {
  const place = byId("alert");
  place.textContent = sentence;
  place.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => (place.hidden = true), 8000);
}

export function timeOfDay(iso) {
  return new Date(iso).toLocaleTimeString([], { hour12: false });
}

// Returns the time, with the date unless it is today.
export function moment(iso) {
  const day = new Date(iso).toLocaleDateString();
  return day === new Date().toLocaleDateString() ? timeOfDay(iso) : `${day}, ${timeOfDay(iso)}`;
}

// Returns minutes and seconds, as 1:05.
export function minutes(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Can an element have the focus now?
export const isUsable = (at) => !at.disabled && at.checkVisibility();
