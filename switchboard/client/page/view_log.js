// The calls of this session, newest first.

import { element, list, visible } from "./elements.js";
import { duration, say, timeOfDay } from "./words.js";

const CAN_BE_CALLED = /^(\+[1-9]\d{5,14}|client:\w+)$/;

export function renderLog({ log, call, ringing }, dial) {
  visible("log-empty", log.length === 0);
  visible("log", log.length > 0);
  list("log", log, (entry) => itemOf(entry, dial));
  const isBusy = call !== null || ringing.length > 0;
  for (const button of document.querySelectorAll("#log button")) button.disabled = isBusy;
}

function itemOf(entry, dial) {
  const isMissed = entry.direction === "in" && entry.outcome === "missed";
  const who = entry.other || say("withheld");
  return element(
    "li",
    { class: isMissed ? "missed" : "" },
    element("span", { class: "arrow", "aria-hidden": "true" }, entry.direction === "in" ? "↙" : "↗"),
    element("span", { class: "number" }, who),
    element("span", { class: "outcome number" }, aboutOf(entry)),
    ...(CAN_BE_CALLED.test(entry.address) ? [callAgain(entry, who, dial)] : []),
  );
}

function aboutOf(entry) {
  const parts = [timeOfDay(entry.at), say(`log_${entry.direction}`), outcomeOf(entry), entry.queue, entry.number];
  return parts.filter(Boolean).join(" · ");
}

function outcomeOf({ outcome, seconds }) {
  if (outcome === "answered") return duration(seconds);
  return say(outcome.startsWith("error_") ? "log_failed" : `log_${outcome}`);
}

function callAgain({ address }, who, dial) {
  const name = say("call_name", { name: who });
  return element("button", { type: "button", "aria-label": name, onclick: () => dial(address, who) }, say("call"));
}
