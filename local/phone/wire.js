// The wire: all requests in both directions, newest first, filtered, searched and grouped.

import { byId, element, timeOfDay } from "./elements.js";
import { forgetGroups, groupOf, kindOf, titleOf } from "./wire_groups.js";
import { isWrong, line } from "./wire_line.js";

const MOST_LINES = 500;
const CLEARED = "cleared";
const list = byId("entries");
const only = new Set();
let known = []; // oldest first: {entry, kind, group, view}, or {mark, view} for a line between two requests
let groups = new Map(); // key: {view, lines, requests}
let unread = 0;

export function clearWire() {
  known = [];
  forgetGroups();
  render();
}

export function addEntry(entry) {
  const added = { entry, kind: kindOf(entry), group: groupOf(entry), view: line(entry) };
  if (entry.n > Number(sessionStorage.getItem(CLEARED) ?? 0)) add(added);
}

// Adds a sentence between two requests, as on a restart.
export function addMark(sentence) {
  const now = new Date().toISOString();
  const view = element("li", { class: "between" }, element("time", { datetime: now }, timeOfDay(now)), ` ${sentence}`);
  add({ mark: true, view });
}

// What was cleared before does not come back with a new page; a restarted stand-in counts from 1 again.
export function forgetCleared() {
  sessionStorage.removeItem(CLEARED);
}

function add(added) {
  known.push(added);
  while (known.length > MOST_LINES) known.shift().view.remove();
  if (!isShown(added)) return;
  keepingPlace(() => put(added));
  showNothing();
}

function isShown({ mark, entry, kind, group }) {
  const wanted = byId("search").value.trim().toLowerCase();
  if (mark) return !only.size && !wanted && !isGrouped();
  const kinds = [...only].filter((each) => each !== "errors");
  if (kinds.length && !kinds.includes(kind)) return false;
  if (only.has("errors") && !isWrong(entry)) return false;
  return !wanted || contents(entry, group).includes(wanted);
}

const contents = (entry, group) => `${JSON.stringify(entry)} ${group}`.toLowerCase();
const isGrouped = () => byId("grouped").getAttribute("aria-pressed") === "true";

function put(shown) {
  if (isGrouped()) putInGroup(shown);
  else list.prepend(shown.view);
}

function putInGroup({ entry, group, view }) {
  const found = groups.get(group) ?? newGroup(group);
  found.lines.prepend(view);
  found.requests.push(entry);
  const count = found.requests.length;
  const wrong = found.requests.filter(isWrong).length;
  found.title.replaceChildren(
    element("time", { datetime: entry.time }, timeOfDay(found.requests[0].time)),
    element("span", { class: "path" }, titleOf(found.requests)),
    element("span", { class: wrong ? "problem" : "took" }, `${count} request${count > 1 ? "s" : ""}${wrong ? `, ${wrong} wrong` : ""}`),
  );
}

function newGroup(key) {
  const title = element("summary");
  const lines = element("ol", { class: "lines" });
  const view = element("li", { class: "group" }, element("details", {}, title, lines));
  list.prepend(view);
  groups.set(key, { title, lines, requests: [] });
  return groups.get(key);
}

// A line that is read stays where it is while lines come above it.
function keepingPlace(change) {
  const [before, from] = [list.scrollHeight, list.scrollTop];
  change();
  if (!from) return;
  list.scrollTop = from + list.scrollHeight - before;
  unread += 1;
  showNews();
}

function render() {
  groups = new Map();
  list.replaceChildren();
  known.filter(isShown).forEach(put);
  unread = 0;
  showNews();
  showNothing();
}

function showNews() {
  byId("news").hidden = !unread;
  byId("news").textContent = `${unread} new ↑`;
}

function showNothing() {
  byId("wire-nothing").hidden = list.children.length > 0;
  byId("wire-nothing").textContent = known.length ? "No request matches." : "Nothing yet. Call the app, or text it.";
}

function toggle(button) {
  button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
}

list.addEventListener("scroll", () => {
  if (list.scrollTop) return;
  unread = 0;
  showNews();
});
byId("news").addEventListener("click", () => {
  list.scrollTop = 0;
  list.querySelector("summary")?.focus();
});
for (const button of document.querySelectorAll("[data-only]")) {
  button.addEventListener("click", () => {
    toggle(button);
    if (!only.delete(button.dataset.only)) only.add(button.dataset.only);
    render();
  });
}
byId("grouped").addEventListener("click", () => {
  toggle(byId("grouped"));
  render();
});
byId("search").addEventListener("input", render);
byId("clear").addEventListener("click", () => {
  const last = known.findLast(({ entry }) => entry);
  if (last) sessionStorage.setItem(CLEARED, String(last.entry.n));
  known = [];
  render();
});
