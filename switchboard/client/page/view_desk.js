// Presence, the number to dial, the keypad, queues, colleagues and own numbers.

import { byId, element, list, text, visible } from "./elements.js";
import { typeNumber } from "./keys.js";
import { say, timeOfDay } from "./words.js";

const KEYS = [..."123456789*0#"];
const LETTERS = { 2: "ABC", 3: "DEF", 4: "GHI", 5: "JKL", 6: "MNO", 7: "PQRS", 8: "TUV", 9: "WXYZ", 0: "+" };
const NUMBER = /^\+[1-9]\d{5,14}$/;

let actions;

export function connectDesk(all) {
  actions = all;
  byId("ready").addEventListener("click", actions.ready);
  byId("away").addEventListener("click", actions.away);
  byId("dial").addEventListener("submit", dial);
  byId("number").addEventListener("input", () => byId("number").setCustomValidity(""));
  byId("keypad").append(...KEYS.map(keyOf));
}

function keyOf(key) {
  const letters = element("small", { "aria-hidden": "true" }, LETTERS[key] ?? "");
  return element("button", { type: "button", onclick: () => press(key) }, key, letters);
}

function press(key) {
  if (actions.store.state.call) actions.press(key);
  else typeNumber(key);
}

function dial(event) {
  event.preventDefault();
  const number = dialable(byId("number").value);
  if (!NUMBER.test(number)) {
    byId("number").setCustomValidity(say("dial_how"));
    return byId("number").reportValidity();
  }
  byId("number").value = "";
  actions.dial(number, number);
}

// Returns a number as Twilio wants it: people write spaces, brackets, and 00 for +.
function dialable(written) {
  return written.replace(/[\s().\/-]/g, "").replace(/^00/, "+");
}

export function renderDesk(state) {
  byId("ready").setAttribute("aria-pressed", String(state.wanted === "ready"));
  byId("away").setAttribute("aria-pressed", String(state.wanted === "away"));
  byId("link").dataset.link = state.link;
  text("link-state", say(`link_${state.link}`));
  text("link-heard", state.heard && state.link !== "away" ? say("heard", { time: timeOfDay(state.heard) }) : "");
  renderDial(state);
  renderPeople(state);
}

function renderDial({ call, ringing }) {
  const isBusy = call !== null || ringing.length > 0;
  text("dial-label", call ? say("keys_pressed") : say("number_to_dial"));
  byId("call").disabled = isBusy;
  byId("number").readOnly = call !== null;
  byId("number").placeholder = call ? "" : "+15005550006";
  if (call) byId("number").value = call.digits;
  else if (byId("dial").dataset.call) byId("number").value = "";
  byId("dial").dataset.call = call ? "yes" : "";
  for (const button of document.querySelectorAll("[data-dials]")) button.disabled = isBusy;
}

function renderPeople({ queues, agents, numbers }) {
  visible("queues", queues.length > 0);
  list("queue-buttons", queues, (name) => callButton(say("next_caller", { queue: name }), `queue:${name}`, "go"));
  visible("people", agents.length + numbers.length > 0);
  const people = agents.map(({ name, identity }) => [name, `client:${identity}`]);
  list("people-buttons", [...people, ...numbers.map(({ name, number }) => [name, number])], ([name, to]) =>
    callButton(say("call_name", { name }), to, "", name),
  );
}

function callButton(label, to, kind, shown = label) {
  const dials = () => actions.dial(to, shown);
  return element("button", { type: "button", class: kind, "data-dials": to, onclick: dials }, label);
}
