// Deliveries: the states of each command in the order of their reports, and the app's own record.

import { byId, element, minutes, moment } from "./elements.js";
import { isLost } from "./link.js";
import { badge } from "./tabs.js";

const GOOD = new Set(["delivered", "read", "completed"]);
const BAD = new Set([
  "refused", "rejected", "opted_out", "expired", "unresolved",
  "undelivered", "failed", "partially_delivered", "busy", "no-answer", "canceled",
]);
// What the app does with a command that Twilio has not accepted, as far as is known.
const MEANWHILE = {
  claimed: "its request to Twilio is in progress",
  unknown: "no usable answer from Twilio: it waits for a status callback, then reads Twilio's list",
  released: "Twilio did not take it",
};
// What comes next, before the time.
const NEXT = { claimed: "The app looks again", unknown: "The app reads Twilio's list" };
const SETTINGS = { DELIVERY_SETTLE_SECONDS: "A lost answer is settled after", DELIVERY_CLAIM_SECONDS: "a dead worker's claim ends after" };
const SECOND = 1000;
const shown = new Map();

export function clearDeliveries() {
  shown.clear();
  byId("delivery-list").replaceChildren();
  byId("deliveries-nothing").hidden = false;
  count();
}

export function showDelivery(delivery) {
  byId("deliveries-nothing").hidden = true;
  const item = row(delivery);
  const before = shown.get(delivery.key);
  if (before) before.replaceWith(item);
  else byId("delivery-list").prepend(item);
  shown.set(delivery.key, item);
  count();
  tick();
}

// Says the settings of time, which differ from Azure's: {} without a stack.
export function showTimings(timings) {
  const parts = Object.entries(SETTINGS).filter(([name]) => timings[name]);
  byId("timings").replaceChildren(
    ...parts.flatMap(([name, words], at) => [
      `${at ? ", " : ""}${words} ${timings[name].here} s (`,
      element("code", {}, name),
      `; in Azure ${timings[name].azure} s by default)${at ? "." : ""}`,
    ]),
  );
}

function count() {
  const all = [...shown.values()];
  const bad = all.filter((item) => item.dataset.state === "unresolved").length;
  const waiting = all.filter((item) => item.querySelector(".next")).length;
  badge("deliveries", bad || waiting, bad ? "need a decision" : "wait", bad ? "bad" : "");
}

// Counts down to each next step, unless nothing is known any more.
function tick() {
  if (isLost()) return;
  for (const time of document.querySelectorAll("#delivery-list .next time")) {
    const left = (Date.parse(time.dateTime) - Date.now()) / SECOND;
    time.textContent = left > 0 ? `in ${minutes(left)}` : "now";
  }
}

setInterval(tick, SECOND);

function row(delivery) {
  return element(
    "li",
    { class: "delivery", "data-state": delivery.state },
    element("span", { class: "what" }, delivery.kind, ...recipient(delivery.to)),
    element("strong", { class: `state ${tint(delivery.state)}` }, delivery.state),
    delivery.sids.length > 1 ? element("p", { class: "twice" }, `Twilio accepted this ${delivery.sids.length} times`) : null,
    delivery.kept ? kept(delivery.kept) : null,
    delivery.next ? next(delivery) : null,
    element("ol", { class: "way", "aria-label": "States in the order of their reports" }, ...delivery.steps.map(change)),
  );
}

const recipient = (to) => (to ? [" to ", element("span", { class: "number" }, to)] : [", invalid command"]);

function kept(record) {
  const attempt = record.attempt ? [`, attempt ${record.attempt}`] : [];
  const why = record.reason || MEANWHILE[record.state];
  const until = record.until ? ["; the app gives up ", element("time", { datetime: record.until }, moment(record.until))] : [];
  return element(
    "p",
    { class: "kept" },
    element("code", {}, record.id),
    " The app's record: ",
    element("strong", { class: `state ${tint(record.state)}` }, record.state),
    ...attempt,
    ...(why ? [": ", element("span", { class: "why" }, why)] : []),
    ...until,
  );
}

// The next step with its time, and why there is one: the last answer on the wire.
function next({ next: step, kept: record, steps }) {
  const what = NEXT[record?.state] ?? `Attempt ${step.attempt}`;
  const answer = steps.findLast(({ line }) => line);
  const why = answer ? `, because Twilio answered: ${answer.detail || answer.state}` : "";
  const silent = answer?.state === "no answer" ? ", because Twilio did not answer" : why;
  return element("p", { class: "next" }, `${what} `, element("time", { datetime: step.at }), silent);
}

function change(reported) {
  const ours = reported.line === 0;
  const detail = [reported.detail, reported.accepted ? "" : "the app answered with an error"].filter(Boolean).join("; ");
  return element(
    "li",
    { class: ours ? "ours" : reported.accepted ? "" : "failed" },
    ours ? element("span", { class: "unseen" }, "by the app: ") : null,
    reported.state,
    detail ? element("span", { class: "detail" }, ` ${detail}`) : null,
  );
}

const tint = (state) => (GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : "open");
