// Deliveries: each command's way through its states, in the order in which they were told.

import { byId, element } from "./elements.js";

const GOOD = new Set(["delivered", "read", "completed"]);
const BAD = new Set(["refused", "undelivered", "failed", "busy", "no-answer", "canceled"]);
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
    element("span", { class: "what" }, `${delivery.kind} to `, element("span", { class: "number" }, delivery.to)),
    element("strong", { class: `state ${tint(delivery.state)}` }, delivery.state),
    delivery.sids.length > 1 ? element("p", { class: "twice" }, `Twilio took this ${delivery.sids.length} times`) : null,
    element("ol", { class: "way", "aria-label": "States as they were told" }, ...delivery.steps.map(step)),
  );
}

function step(told) {
  const detail = [told.detail, told.heard ? "" : "the app did not take this"].filter(Boolean).join("; ");
  return element(
    "li",
    { class: told.heard ? "" : "unheard" },
    told.state,
    detail ? element("span", { class: "detail" }, ` ${detail}`) : null,
  );
}

const tint = (state) => (GOOD.has(state) ? "good" : BAD.has(state) ? "bad" : "open");
