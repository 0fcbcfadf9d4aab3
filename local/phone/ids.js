// Opaque ids (SIDs, digests): shortened, with the whole on demand.

import { element } from "./elements.js";

const OPAQUE = /\b(?:[A-Z]{2})?[0-9a-f]{24,}/g;
const shortened = (id) => `${id.slice(0, 6)}…${id.slice(-4)}`;

export const shortIds = (text) => text.replace(OPAQUE, shortened);

// Returns the text as nodes, in which each id is a button that shows the whole id, and again the short one.
export function withIds(text) {
  const nodes = [];
  let end = 0;
  for (const { 0: id, index } of text.matchAll(OPAQUE)) {
    nodes.push(text.slice(end, index), idButton(id));
    end = index + id.length;
  }
  return [...nodes, text.slice(end)];
}

function idButton(id) {
  const button = element("button", { type: "button", class: "id", title: id, "aria-expanded": "false" }, shortened(id));
  button.addEventListener("click", () => {
    const isWhole = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isWhole));
    button.textContent = isWhole ? shortened(id) : id;
  });
  return button;
}
