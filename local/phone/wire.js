// The wire: all requests in both directions, newest first. A line opens to show the details.

import { byId, element, timeOfDay } from "./elements.js";
import { showJson, showTwiml } from "./twiml.js";

const MOST_LINES = 500;

export function clearWire() {
  byId("entries").replaceChildren();
  byId("wire-nothing").hidden = false;
}

export function addEntry(entry) {
  const list = byId("entries");
  byId("wire-nothing").hidden = true;
  list.prepend(line(entry));
  while (list.children.length > MOST_LINES) list.lastChild.remove();
}

function line(entry) {
  const wrong = entry.problems.length || entry.traceback || entry.status === 0 || entry.status >= 400;
  const details = element("details", { class: `entry ${entry.direction}${wrong ? " wrong" : ""}` }, summary(entry));
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
    element("span", { class: "path" }, `${entry.method} ${shorten(entry.path)}`),
    element("span", { class: "outcome" }, entry.status ? String(entry.status) : "no answer"),
    element("span", { class: "took" }, `${entry.milliseconds} ms`),
    entry.problems.length ? element("span", { class: "problem" }, entry.problems[0]) : null,
    entry.traceback ? element("span", { class: "problem" }, lastLine(entry.traceback)) : null,
  );
}

const lastLine = (text) => `flow: ${text.trimEnd().split("\n").at(-1)}`;
const shorten = (path) => path.replace(/^\/2010-04-01\/Accounts\/AC[0-9a-z]{32}/i, "…");

function whole(entry) {
  const body = element("div", { class: "whole" }, element("p", { class: "what" }, entry.summary));
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
