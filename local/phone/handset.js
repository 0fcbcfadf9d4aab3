// A handset: its call, its keys and its texts.

import { act, call, removePhone } from "./api.js";
import { Answering } from "./answering.js";
import { element, announce } from "./elements.js";
import { numbersToCall } from "./numbers.js";
import { hush, speak, tone, voiceIsOn } from "./sound.js";
import { Thread } from "./thread.js";
import { Transcript } from "./transcript.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const LETTERS = { 2: "abc", 3: "def", 4: "ghi", 5: "jkl", 6: "mno", 7: "pqrs", 8: "tuv", 9: "wxyz", 0: "+" };
const STATES = { calling: "calling", ringing: "is calling", talking: "in a call with", ended: "call ended" };

export class Handset {
  #call = null;
  #spoken = 0;
  #state = element("p", { class: "state", role: "status" });
  #timer = element("span", { class: "timer" });
  #music = element("p", { class: "music" }, element("span", { class: "bars", "aria-hidden": "true" }), "Music plays");
  #buttons = {};
  #to = element("select", { "aria-label": "Which number to call or text" });
  #keys;
  #ticking;

  constructor(number) {
    this.number = number;
    this.thread = new Thread(number, () => this.#to.value);
    this.transcript = new Transcript(number);
    this.answering = new Answering(number);
    this.#buttons = {
      call: this.#button("Call the app", "go", () => call(number, this.#to.value)),
      answer: this.#button("Answer", "go", () => act(number, "answer")),
      decline: this.#button("Decline", "stop", () => act(number, "decline")),
      hangup: this.#button("Hang up", "stop", () => this.answering.hangUp() || act(number, "hangup")),
      skip: this.#button("Skip", "quiet", () => act(number, "skip")),
    };
    this.#keys = element("div", { class: "keypad", role: "group", "aria-label": `Keys of ${number}` }, ...KEYS.map(this.#key));
    this.view = this.#build();
    this.#offerNumbers();
    document.addEventListener("numbers", this.#offerNumbers);
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.show(null);
  }

  show(current) {
    const begins = current && current.sid !== this.#call?.sid;
    const rings = current?.state === "ringing" && (begins || this.#call?.state !== "ringing");
    this.#call = current;
    if (begins) this.#begin();
    if (rings) announce(`${this.number} is ringing: ${current.other} calls`);
    const state = current?.state ?? "idle";
    this.view.dataset.state = state;
    this.#state.textContent = current ? this.#sentence(current) : "ready";
    this.#music.hidden = !current?.music;
    this.#show(state, current);
    if (current) this.transcript.show(current);
    this.answering.show(current);
    this.#tick();
    if (current) this.#speak(current);
  }

  sendVoice() {
    if (this.#call && this.#call.state !== "ended") act(this.number, "voice", { on: voiceIsOn() });
  }

  remove() {
    document.removeEventListener("numbers", this.#offerNumbers);
    clearInterval(this.#ticking);
    this.view.remove();
  }

  #begin() {
    this.#spoken = 0;
    this.transcript.clear();
    if (voiceIsOn()) this.sendVoice();
  }

  #show(state, current) {
    const live = state === "talking";
    this.#to.hidden = this.#to.options.length < 2 || !["idle", "ended"].includes(state);
    this.#buttons.call.hidden = !["idle", "ended"].includes(state);
    this.#buttons.answer.hidden = this.#buttons.decline.hidden = state !== "ringing";
    this.#buttons.hangup.hidden = !live && state !== "calling";
    this.#buttons.skip.hidden = !current?.hears;
    for (const key of this.#keys.children) key.disabled = !live;
    this.#keys.classList.toggle("wanted", Boolean(current?.asks.includes("keys")));
  }

  #sentence(current) {
    if (current.state === "ended") return `${STATES.ended}: ${current.ending}`;
    if (current.state === "ringing") return `${current.other} ${STATES.ringing}`;
    return `${STATES[current.state]} ${current.other}${current.connected ? ", connected" : ""}`;
  }

  #speak(current) {
    const note = current.notes.find(({ n, kind }) => n === current.hears && kind === "say");
    if (note && note.n > this.#spoken) {
      this.#spoken = note.n;
      speak(note, () => this.#call?.hears === note.n && act(this.number, "skip"));
    }
    if (current.state === "ended" || (!current.hears && current.asks)) hush();
  }

  #tick() {
    const live = this.#call?.state === "talking";
    const seconds = live ? Math.max(0, Math.round((Date.now() - Date.parse(this.#call.began)) / 1000)) : 0;
    this.#timer.textContent = live ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
  }

  // Several numbers may be called; with one or none the account's own is.
  #offerNumbers = () => {
    const chosen = this.#to.value;
    this.#to.replaceChildren(...numbersToCall().map((each) => element("option", { value: each }, each)));
    if (numbersToCall().includes(chosen)) this.#to.value = chosen;
    this.#to.hidden = this.#to.options.length < 2;
  };

  #press(key) {
    tone(key);
    if (!this.answering.finish(key)) act(this.number, "press", { key });
  }

  #button(title, kind, listener) {
    return element("button", { type: "button", class: kind, onclick: listener }, title);
  }

  #key = (key) =>
    element(
      "button",
      { type: "button", "data-letters": LETTERS[key] ?? "", onclick: () => this.#press(key) },
      key,
    );

  #build() {
    const title = `phone-${this.number.replace(/[^0-9a-z]/gi, "")}`;
    const remove = this.#button("×", "remove", () => removePhone(this.number));
    remove.setAttribute("aria-label", `Remove ${this.number}`);
    const view = element(
      "article",
      { class: "handset", "aria-labelledby": title, "data-number": this.number },
      element(
        "header",
        {},
        element("span", { class: "jack", "aria-hidden": "true" }),
        element("div", { class: "who" }, element("h3", { id: title, class: "number" }, this.number), this.#state),
        this.#timer,
        remove,
      ),
      element("div", { class: "screen" }, this.transcript.view, this.#music),
      element("div", { class: "buttons" }, this.#to, ...Object.values(this.#buttons)),
      this.answering.view,
      this.#keys,
      this.thread.view,
    );
    view.addEventListener("keydown", (event) => this.#type(event));
    return view;
  }

  // The keyboard's own digits press this handset's keys, wherever in it the focus is but in a field.
  #type(event) {
    const typing = event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey;
    if (!typing && KEYS.includes(event.key) && this.#call?.state === "talking") this.#press(event.key);
  }
}
