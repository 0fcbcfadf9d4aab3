// A handset: its call, its keys and its texts.

import { act, call, removePhone } from "./api.js";
import { Answering } from "./answering.js";
import { announce, element, isUsable, minutes } from "./elements.js";
import { isLost } from "./link.js";
import { numbersToCall } from "./numbers.js";
import { showRinging } from "./ringing.js";
import { hush, speak, tone, voiceIsOn } from "./sound.js";
import { Thread } from "./thread.js";
import { Transcript } from "./transcript.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const LETTERS = { 2: "abc", 3: "def", 4: "ghi", 5: "jkl", 6: "mno", 7: "pqrs", 8: "tuv", 9: "wxyz", 0: "+" };
const STATES = { calling: "calling", ringing: "is calling", talking: "in a call with", ended: "call ended" };

export class Handset {
  buttons = element("div", { class: "buttons" });
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
      answer: this.#button("Answer", "go", () => this.answer()),
      decline: this.#button("Decline", "stop", () => this.decline()),
      hangup: this.#button("Hang up", "stop", () => this.answering.hangUp() || act(number, "hangup")),
      skip: this.#button("Skip", "", () => this.#call?.hears && act(number, "skip")),
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
    const focused = this.view.contains(document.activeElement) ? document.activeElement : null;
    if (!current && this.#call) this.transcript.clear();
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
    showRinging(this, current);
    if (focused && !isUsable(focused)) this.focus();
  }

  // Gives the focus to what comes next: Answer, the call's transcript (where the digit keys work), or Call the app.
  focus() {
    const { call: callApp, answer } = this.#buttons;
    const next = { ringing: answer, calling: this.transcript.view, talking: this.transcript.view };
    (next[this.#call?.state] ?? callApp).focus();
  }

  answer() {
    act(this.number, "answer");
  }

  decline() {
    act(this.number, "decline");
  }

  sendVoice() {
    if (this.#call && this.#call.state !== "ended") act(this.number, "voice", { on: voiceIsOn() });
  }

  remove() {
    document.removeEventListener("numbers", this.#offerNumbers);
    clearInterval(this.#ticking);
    showRinging(this, null);
    this.view.remove();
  }

  #begin() {
    this.#spoken = 0;
    this.transcript.clear();
    if (voiceIsOn()) this.sendVoice();
  }

  #show(state, current) {
    const live = state === "talking";
    const isFree = ["idle", "ended"].includes(state);
    this.#buttons.call.hidden = !isFree;
    this.#buttons.answer.hidden = this.#buttons.decline.hidden = state !== "ringing";
    this.#buttons.hangup.hidden = !live && state !== "calling";
    this.#buttons.skip.hidden = !live;
    // Not `disabled`: it comes and goes with each prompt, and would lose the focus.
    this.#buttons.skip.setAttribute("aria-disabled", String(!current?.hears));
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
    if (isLost()) return;
    const live = this.#call?.state === "talking";
    this.#timer.textContent = live ? minutes((Date.now() - Date.parse(this.#call.began)) / 1000) : "";
  }

  // Several numbers may be called, and texted during a call; with one or none the account's own is.
  #offerNumbers = () => {
    const chosen = this.#to.value;
    this.#to.replaceChildren(...numbersToCall().map((each) => element("option", { value: each }, each)));
    if (numbersToCall().includes(chosen)) this.#to.value = chosen;
    this.#to.parentElement.hidden = this.#to.options.length < 2;
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
    this.buttons.append(...Object.values(this.#buttons));
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
        element("h3", { id: title, class: "number" }, this.number),
        this.#timer,
        remove,
        this.#state,
      ),
      element("div", { class: "screen" }, this.transcript.view, this.#music),
      element("div", { class: "to" }, element("span", { "aria-hidden": "true" }, "Number"), this.#to),
      this.buttons,
      this.answering.view,
      this.#keys,
      this.thread.view,
    );
    view.addEventListener("keydown", (event) => this.#type(event));
    return view;
  }

  // The keyboard's own digits press this handset's keys, wherever in it the focus is but in a field.
  #type(event) {
    // A key that is held down presses once: what it pressed may be another button by now.
    if (event.repeat && event.key === "Enter" && event.target.closest("button")) event.preventDefault();
    const typing = event.target.closest("input:not(:read-only), select") || event.ctrlKey || event.metaKey || event.altKey;
    if (!typing && KEYS.includes(event.key) && this.#call?.state === "talking") this.#press(event.key);
  }
}
