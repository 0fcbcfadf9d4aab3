// The page's requests to the stand-in, each with the key of this run. An error is shown in the stand-in's words.

import { alarm } from "./elements.js";

const key = document.querySelector('meta[name="key"]').content;

// For what cannot send a header: an event stream and a download.
export const withKey = (path) => `${path}?code=${encodeURIComponent(key)}`;

async function ask(method, path, body, type) {
  const headers = { "x-functions-key": key, ...(type ? { "Content-Type": type } : {}) };
  try {
    const response = await fetch(path, { method, headers, body });
    if (response.ok) return true;
    alarm((await response.json()).error);
  } catch (error) {
    alarm(`The stand-in does not answer: ${error.message}`);
  }
  return false;
}

const post = (path, body = {}) => ask("POST", path, JSON.stringify(body), "application/json");
const at = (number, act) => `/standin/phones/${encodeURIComponent(number)}/${act}`;

export const addPhone = (number) => post("/standin/phones", { number });
export const removePhone = (number) => ask("DELETE", `/standin/phones/${encodeURIComponent(number)}`);
export const sendText = (number, body, to) => post("/standin/texts", { from: number, body, ...(to && { to }) });
export const call = (number, to) => post(at(number, "call"), to ? { to } : {});
export const act = (number, what, body) => post(at(number, what), body);
export const leaveText = (number, text, ended_by) => post(at(number, "message"), { text, ended_by });
export const leaveSound = (number, wav, endedBy) =>
  ask("POST", `${at(number, "message")}?ended_by=${encodeURIComponent(endedBy)}`, wav, "audio/wav");
export const setClock = (at) => post("/standin/clock", { at });
export const switchFault = (fault, times) => post("/standin/faults", { fault, times });
