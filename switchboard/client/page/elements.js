// Small helpers for the page's elements.

export const byId = (id) => document.getElementById(id);

// Makes an element: `on…` are listeners, the rest are attributes.
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Writes only what changes: a screen reader announces what is written into a status.
export function text(id, sentence) {
  const place = byId(id);
  if (place.textContent !== sentence) place.textContent = sentence;
}

export function visible(id, wanted) {
  byId(id).hidden = !wanted;
}

// Rebuilds a list only when its data have changed, so that the focus stays where it is.
export function list(id, data, build) {
  const place = byId(id);
  const signature = JSON.stringify(data);
  if (place.dataset.shown === signature) return;
  place.dataset.shown = signature;
  place.replaceChildren(...data.map(build));
}

export function isTextField(at) {
  return at instanceof HTMLElement && at.matches("input:not([type=checkbox]), select, textarea");
}
