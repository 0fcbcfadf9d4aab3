// The softphones of agents' browsers, beside the handsets: who is ready, and the transcript of each one's last call.

import { byId, element } from "./elements.js";
import { Transcript } from "./transcript.js";

const STATES = { calling: "calls", ringing: "is called by", talking: "in a call with", ended: "call ended" };
const shown = new Map();

class Softphone {
  #call = "";
  #state = element("p", { class: "state" });

  constructor(identity) {
    const title = `softphone-${identity}`;
    this.transcript = new Transcript(`the browser of ${identity}`);
    this.view = element(
      "article",
      { class: "handset softphone", "aria-labelledby": title },
      element(
        "header",
        {},
        element("span", { class: "jack", "aria-hidden": "true" }),
        element("div", { class: "who" }, element("h3", { id: title }, `${identity}, in a browser`), this.#state),
      ),
      element("div", { class: "screen" }, this.transcript.view),
    );
  }

  show({ devices, call }) {
    this.view.dataset.state = call?.state ?? "idle";
    this.#state.textContent = [readiness(devices), call && sentence(call)].filter(Boolean).join(" · ");
    if (call && call.sid !== this.#call) this.transcript.clear();
    this.#call = call?.sid ?? "";
    if (call) this.transcript.show(call);
  }
}

// Shows these softphones, and no others.
export function showSoftphones(all) {
  const present = new Set(all.map(({ identity }) => identity));
  for (const [identity, softphone] of shown) {
    if (!present.has(identity)) softphone.view.remove();
    if (!present.has(identity)) shown.delete(identity);
  }
  for (const each of all) {
    if (!shown.has(each.identity)) shown.set(each.identity, new Softphone(each.identity));
    const softphone = shown.get(each.identity);
    softphone.show(each);
    if (!softphone.view.isConnected) byId("handsets").append(softphone.view);
  }
}

function readiness(devices) {
  if (!devices) return "away";
  return devices === 1 ? "ready" : `ready in ${devices} pages`;
}

function sentence(call) {
  return call.state === "ended" ? `${STATES.ended}: ${call.ending}` : `${STATES[call.state]} ${call.other}`;
}
