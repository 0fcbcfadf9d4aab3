// The keyboard: Enter and Space work on the focused button; here is what works anywhere on the page.

import { byId, isTextField } from "./elements.js";

const KEYS = /^[0-9*#]$/;

export function listenToKeys(store, calls) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTextField(event.target)) return;
    const { call, ringing } = store.state;
    if (call && KEYS.test(event.key)) calls.press(event.key);
    else if (!call && ringing.length > 0 && event.key === "Escape") calls.decline(ringing[0].id);
    else if (!call && KEYS.test(event.key)) typeNumber(event.key);
    else return;
    event.preventDefault();
  });
  byId("number").addEventListener("keydown", (event) => {
    if (event.key === "Escape") event.target.value = "";
  });
}

// Puts a key at the end of the number to dial.
export function typeNumber(key) {
  const field = byId("number");
  field.value += key;
}
