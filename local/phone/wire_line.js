// One request on the wire: a line, which opens to all of the request and its answer.

import { element, timeOfDay } from "./elements.js";
import { toCurl } from "./curl.js";
import { shortIds, withIds } from "./ids.js";
import { showJson, showTwiml } from "./twiml.js";

const COPIED_MS = 2000;
const LONGEST_GIST = 60;
const WORD_JOINER = "\u2060";
let origins = {};

export function setOrigins(found) {
  origins = found;
}

export const isWrong = (entry) =>
  Boolean(entry.problems.length || entry.traceback || entry.status === 0 || entry.status >= 400);

export function line(entry) {
  const details = element("details", { class: `entry ${entry.direction}${isWrong(entry) ? " wrong" : ""}` }, summary(entry));
  // The details are built when the line is first opened: there are many lines, and few are opened.
  details.addEventListener("toggle", () => details.children.length > 1 || details.append(whole(entry)));
  return element("li", { "data-line": entry.n }, details);
}

function summary(entry) {
  const toApp = entry.direction === "webhook";
  return element(
    "summary",
    {},
    element("time", { datetime: entry.time }, timeOfDay(entry.time)),
    element("span", { class: `arrow ${toApp ? "out" : "in"}`, "aria-hidden": "true" }, toApp ? "→" : "←"),
    element("span", { class: "unseen" }, toApp ? "Twilio to the app: " : "The app to Twilio: "),
    element("span", { class: "path" }, `${entry.method} ${shorten(entry.path)} `, element("span", { class: "gist" }, gist(entry))),
    element("span", { class: "outcome" }, entry.status ? String(entry.status) : "no answer"),
    element("span", { class: "took" }, `${entry.milliseconds} ms`),
    entry.problems.length ? element("span", { class: "problem" }, entry.problems[0]) : null,
    entry.traceback ? element("span", { class: "problem" }, lastLine(entry.traceback)) : null,
  );
}

const lastLine = (text) => `flow: ${text.trimEnd().split("\n").at(-1)}`;
// The line breaks at the query, and not within an id.
const shorten = (path) =>
  shortIds(path.replace(/^\/2010-04-01\/Accounts\/AC[0-9a-z]{32}/i, "…")).replaceAll("…", `…${WORD_JOINER}`);

// What the request is about, in a few words of its own: the state, the key that was pressed, the text.
function gist({ parameters: given, direction, status }) {
  if (direction === "rest") return status === 201 ? `to ${given.To ?? ""}` : "";
  const words =
    given.MessageStatus ??
    given.RecordingStatus ??
    (given.Digits && `key ${given.Digits}`) ??
    (given.SpeechResult && `“${given.SpeechResult}”`) ??
    (given.Body && `“${given.Body}”`) ??
    given.DialCallStatus ??
    given.CallStatus ??
    "";
  return words.length > LONGEST_GIST ? `${words.slice(0, LONGEST_GIST)}…` : words;
}

function whole(entry) {
  const body = element("div", { class: "whole" }, element("p", { class: "what" }, ...withIds(entry.summary)), copyButton(entry));
  if (entry.problems.length > 1) body.append(...entry.problems.map((each) => element("p", { class: "problem" }, each)));
  if (entry.traceback) {
    body.append(element("h3", {}, "The flow failed"), element("pre", { class: "code" }, entry.traceback));
  }
  if (entry.response.trim()) {
    body.append(element("h3", {}, "Answer"));
    body.append(entry.response.trim().startsWith("<") ? showTwiml(entry.response) : showJson(entry.response));
  }
  body.append(element("h3", {}, "Parameters"), parameters(entry));
  const recording = entry.parameters.RecordingUrl;
  if (recording?.startsWith(location.origin)) {
    body.append(element("audio", { controls: true, preload: "none", src: recording, "aria-label": "The recording" }));
  }
  return body;
}

function copyButton(entry) {
  const button = element("button", { type: "button", class: "copy" }, "Copy as curl");
  button.addEventListener("click", async () => {
    const command = toCurl(entry, { twilio: location.origin, ...origins });
    try {
      await navigator.clipboard.writeText(command);
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy as curl"), COPIED_MS);
    } catch {
      // Without the right to the clipboard the command is shown, to be copied by hand.
      button.replaceWith(element("pre", { class: "code", tabindex: "0", "aria-label": "Command" }, command));
    }
  });
  return button;
}

function parameters(entry) {
  const rows = Object.entries(entry.parameters).filter(([, value]) => value !== "");
  if (entry.signature) rows.push(["X-Twilio-Signature", entry.signature]);
  rows.unshift(["path", entry.path]);
  return element(
    "dl",
    { class: "parameters" },
    ...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, [value].flat().join(", "))]),
  );
}
