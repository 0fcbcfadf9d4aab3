// The app's events, newest first: what other systems get from the queue.

import { byId, element, timeOfDay } from "./elements.js";
import { shortIds } from "./ids.js";
import { showJson } from "./twiml.js";

const MOST_EVENTS = 200;

export function clearEvents(isStack) {
  byId("event-list").replaceChildren();
  byId("events-nothing").hidden = false;
  byId("events-nothing").textContent = isStack ? "No events yet." : "Events are shown when the whole stack runs: make run.";
}

export function showEvent(event) {
  const list = byId("event-list");
  byId("events-nothing").hidden = true;
  list.prepend(line(event));
  while (list.children.length > MOST_EVENTS) list.lastChild.remove();
}

function line(event) {
  const about = event.data?.state ?? event.data?.status ?? "";
  const details = element(
    "details",
    { class: "entry" },
    element(
      "summary",
      {},
      element("time", { datetime: event.time }, timeOfDay(event.time)),
      element("span", { class: "path" }, event.type, " ", element("span", { class: "gist" }, `${about} ${shortIds(event.subject ?? "")}`)),
    ),
  );
  details.addEventListener("toggle", () => details.children.length > 1 || details.append(whole(event)));
  return element("li", {}, details);
}

const whole = (event) => element("div", { class: "whole" }, showJson(JSON.stringify(event), "Event"));
