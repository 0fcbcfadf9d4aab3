// Speech: input for a Gather, words for the other side, and the message that is being recorded.

import { act, leaveSound, leaveText } from "./api.js";
import { alarm, element } from "./elements.js";
import { hasMicrophone, record } from "./recorder.js";

const HASH = "#";
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Answering {
  #number;
  #recording = null;
  #asksMessage = false;
  #endingKeys = "";
  #timer;
  #field;
  #submit = element("button", { type: "submit" }, "Say");
  #microphone = element("button", { type: "button", class: "sound" });

  constructor(number) {
    this.#number = number;
    this.#field = element("input", { type: "text", autocomplete: "off", "aria-label": `Say something at ${number}` });
    this.#microphone.addEventListener("click", () => this.#toggle());
    this.#showMicrophone();
    this.view = element("form", { class: "composer answering" }, this.#field, this.#submit, this.#microphone);
    this.view.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
  }

  show(call) {
    const asks = call?.asks === "message";
    if (asks && !this.#asksMessage) {
      this.#timer = setTimeout(() => this.#leave(""), Math.min(call.most_seconds * 1000, LONGEST_TIMER_MS));
    }
    if (!asks) clearTimeout(this.#timer);
    this.#asksMessage = asks;
    this.#endingKeys = call?.ending_keys ?? "";
    // Always there, so that the keys stay in their place. Read-only keeps the focus, which disabled would lose.
    this.#field.readOnly = this.#submit.disabled = call?.state !== "talking";
    this.#submit.textContent = this.#asksMessage ? "Leave it" : "Say";
    this.#field.placeholder = this.#asksMessage ? "Your message after the beep" : "Say something";
    this.#microphone.hidden = !this.#asksMessage || !hasMicrophone();
    if (!this.#asksMessage && this.#recording) this.#drop();
  }

  // Ends the message that is being recorded; false where the key does not end it, and is input of the call.
  finish(key) {
    if (!this.#asksMessage || !this.#endingKeys.includes(key)) return false;
    this.#leave(key);
    return true;
  }

  // Ends the message by hanging up, and keeps it; false when there is none.
  hangUp() {
    if (!this.#asksMessage || !(this.#recording || this.#field.value.trim())) return false;
    this.#leave("hangup");
    return true;
  }

  #say() {
    const words = this.#field.value.trim();
    if (this.#field.readOnly) return;
    if (this.#asksMessage) this.#leave(HASH);
    else if (words) act(this.#number, "say", { text: words });
    if (!this.#asksMessage) this.#field.value = "";
  }

  async #leave(endedBy) {
    const recording = this.#recording;
    this.#recording = null;
    this.#showMicrophone();
    const words = this.#field.value;
    this.#field.value = "";
    if (recording) await this.#leaveSound(recording, endedBy);
    else await leaveText(this.#number, words, endedBy);
  }

  // Without a sound the message is empty, so that the call continues.
  async #leaveSound(recording, endedBy) {
    try {
      await leaveSound(this.#number, await recording.stop(), endedBy);
    } catch (error) {
      alarm(`The microphone's sound is lost: ${error.message}`);
      await leaveText(this.#number, "", endedBy);
    }
  }

  async #toggle() {
    if (this.#recording) await this.#leave(HASH);
    else await this.#begin();
  }

  async #begin() {
    try {
      this.#recording = await record();
      this.#showMicrophone();
    } catch (error) {
      alarm(`No microphone (${error.message}): type the message instead.`);
    }
  }

  #showMicrophone() {
    const name = this.#recording ? "Stop, and leave it" : "Use the microphone";
    this.#microphone.textContent = this.#recording ? "■" : "●";
    this.#microphone.title = name;
    this.#microphone.setAttribute("aria-label", name);
  }

  #drop() {
    this.#recording.stop();
    this.#recording = null;
    this.#showMicrophone();
  }
}
