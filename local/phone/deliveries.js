// Deliveries: each command's way through its states, in the order in which they were told, and what the app says of it.

import { byId, element, moment } from "./elements.js";

const GOOD = new Set(["delivered", "read", "completed"]);
const BAD = new Set([
  "refused", "rejected", "opted_out", "expired", "unresolved",
  "undelivered", "failed", "partially_delivered", "busy", "no-answer", "canceled",
]);
// What the app does about a command that Twilio has not taken, as far as it knows.
const MEANWHILE = {
  claimed: "it is asking Twilio",
  unknown: "Twilio may have taken it: it waits for news, then asks Twilio",
  released: "Twilio did not take it: it waits to try again",
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
    delivery.sids.length > 1 ? element("p", { class: "twice" }, `Twilio took this ${delivery.sids.length} times`) : null,
    delivery.kept ? kept(delivery.kept) : null,
    element("ol", { class: "way", "aria-label": "States as they were told" }, ...delivery.steps.map(step)),
  );
}

const recipient = (to) => (to ? [" to ", element("span", { class: "number" }, to)] : [" that was not understood"]);

function kept(record) {
  const attempt = record.attempt ? [`, attempt ${record.attempt}`] : [];
  const why = record.reason || MEANWHILE[record.state];
  const until = record.until ? ["; given up ", element("time", { datetime: record.until }, moment(record.until))] : [];
  return element(
    "p",
    { class: "kept" },
    element("code", {}, record.id),
    " The app says ",
    element("strong", { class: `state ${tint(record.state)}` }, record.state),
    ...attempt,
    ...(why ? [": ", element("span", { class: "why" }, why)] : []),
    ...until,
  );
}

function step(told) {
  const ours = told.line === 0;
  const detail = [told.detail, told.heard ? "" : "the app did not take this"].filter(Boolean).join("; ");
  return element(
    "li",
    { class: ours ? "ours" : told.heard ? "" : "unheard" },
    ours ? element("span", { class: "unseen" }, "by the app: ") : null,
    told.state,
    detail ? element("span", { class: "detail" }, ` ${detail}`) : null,
  );
}

const tint = (state) => (GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : "open");
