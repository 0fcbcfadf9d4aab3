// Words instead of keys: what is said to a question or to the other side, and the message that is being recorded.

import { act, leaveSound, leaveText } from "./api.js";
import { alarm, element } from "./elements.js";
import { hasMicrophone, record } from "./recorder.js";

const HASH = "#";

export class Answering {
  #number;
  #recording = null;
  #asksMessage = false;
  #field;
  #submit = element("button", { type: "submit" }, "Say");
  #microphone = element("button", { type: "button", class: "quiet" }, "Use the microphone");

  constructor(number) {
    this.#number = number;
    this.#field = element("input", { type: "text", autocomplete: "off", "aria-label": `Say something at ${number}` });
    this.#microphone.addEventListener("click", () => this.#begin());
    this.view = element("form", { class: "composer answering" }, this.#field, this.#submit, this.#microphone);
    this.view.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
  }

  show(call) {
    this.#asksMessage = call?.asks === "message";
    this.view.hidden = call?.state !== "talking";
    this.#submit.textContent = this.#asksMessage ? "Leave it" : "Say";
    this.#field.placeholder = this.#asksMessage ? "Your message after the beep" : "Say something";
    this.#microphone.hidden = !this.#asksMessage || !hasMicrophone();
    if (!this.#asksMessage && this.#recording) this.#drop();
  }

  // A key while a message is recorded ends it; false when there is none, and the key is one of the call's.
  finish(key) {
    if (!this.#asksMessage) return false;
    this.#leave(key);
    return true;
  }

  // Hanging up ends the message too, and keeps what was said; false when nothing was.
  hangUp() {
    if (!this.#asksMessage || !(this.#recording || this.#field.value.trim())) return false;
    this.#leave("hangup");
    return true;
  }

  #say() {
    const words = this.#field.value.trim();
    if (this.#asksMessage) this.#leave(HASH);
    else if (words) act(this.#number, "say", { text: words });
    if (!this.#asksMessage) this.#field.value = "";
  }

  async #leave(endedBy) {
    const recording = this.#recording;
    this.#recording = null;
    this.#microphone.textContent = "Use the microphone";
    if (recording) await leaveSound(this.#number, await recording.stop(), endedBy);
    else await leaveText(this.#number, this.#field.value, endedBy);
    this.#field.value = "";
  }

  async #begin() {
    if (this.#recording) return this.#leave(HASH);
    try {
      this.#recording = await record();
      this.#microphone.textContent = "Stop, and leave it";
    } catch (error) {
      alarm(`No microphone (${error.message}): type the message instead.`);
    }
    return undefined;
  }

  #drop() {
    this.#recording.stop();
    this.#recording = null;
    this.#microphone.textContent = "Use the microphone";
  }
}
