// Deliveries: the states of each command in the order of their reports, and the app's own record.

import { byId, element, moment } from "./elements.js";

const GOOD = new Set(["delivered", "read", "completed"]);
const BAD = new Set([
  "refused", "rejected", "opted_out", "expired", "unresolved",
  "undelivered", "failed", "partially_delivered", "busy", "no-answer", "canceled",
]);
// What the app does with a command that Twilio has not accepted, as far as is known.
const MEANWHILE = {
  claimed: "its request to Twilio is in progress",
  unknown: "no answer from Twilio: it waits for a status callback, then reads Twilio's list",
  released: "Twilio did not accept it: it waits for the next attempt",
};
const shown = new Map();

export function clearDeliveries() {
  shown.clear();
  byId("delivery-list").replaceChildren();
  byId("deliveries-nothing").hidden = false;
}

export function showDelivery(delivery) {
  byId("deliveries-nothing").hidden = true;
  const item = row(delivery);
  const before = shown.get(delivery.key);
  if (before) before.replaceWith(item);
  else byId("delivery-list").prepend(item);
  shown.set(delivery.key, item);
}

function row(delivery) {
  return element(
    "li",
    { class: "delivery", "data-state": delivery.state },
    element("span", { class: "what" }, delivery.kind, ...recipient(delivery.to)),
    element("strong", { class: `state ${tint(delivery.state)}` }, delivery.state),
    delivery.sids.length > 1 ? element("p", { class: "twice" }, `Twilio accepted this ${delivery.sids.length} times`) : null,
    delivery.kept ? kept(delivery.kept) : null,
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
