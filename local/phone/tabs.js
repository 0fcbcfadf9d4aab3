// The tabs beside the phones: arrow keys, Home and End move among them, and the chosen one stays after a reload.
// The pattern is that of the ARIA Authoring Practices Guide.

import { byId } from "./elements.js";

const REMEMBERED = "tab";
const tabs = [...document.querySelectorAll('[role="tab"]')];
const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

export function choose(name) {
  const chosen = tabs.find((tab) => tab.getAttribute("aria-controls") === name) ?? tabs[0];
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    byId(tab.getAttribute("aria-controls")).hidden = !isChosen;
  }
  sessionStorage.setItem(REMEMBERED, chosen.getAttribute("aria-controls"));
  return chosen;
}

// Shows a count beside the tab's name, nothing for 0. `what` is the count in words, for screen readers.
export function badge(name, count, what, tint = "") {
  const tab = byId(`tab-${name}`);
  tab.dataset.count = count || "";
  tab.dataset.tint = tint;
  if (count) tab.setAttribute("aria-description", `${count} ${what}`);
  else tab.removeAttribute("aria-description");
}

function move(event) {
  const at = tabs.indexOf(event.target);
  const to = { Home: 0, End: tabs.length - 1 }[event.key] ?? at + (STEPS[event.key] ?? 0);
  if (to === at) return;
  event.preventDefault();
  choose(tabs.at(to % tabs.length).getAttribute("aria-controls")).focus();
}

for (const tab of tabs) {
  tab.addEventListener("click", () => choose(tab.getAttribute("aria-controls")));
  tab.addEventListener("keydown", move);
}
choose(sessionStorage.getItem(REMEMBERED));
