// The transcript of a call: prompts, input and events.

import { element } from "./elements.js";

const SPEAKERS = { say: "Heard: ", play: "Playing: ", pause: "", you: "You: ", other: "The other: ", event: "" };

export class Transcript {
  #last = 0;
  #nothing = element("p", { class: "nothing" }, "No call yet.");
  #list = element("ol");

  constructor(number) {
    const log = { class: "transcript", role: "log", tabindex: "0", "aria-label": `Call of ${number}` };
    this.view = element("div", log, this.#nothing, this.#list);
  }

  clear() {
    this.#last = 0;
    this.#list.replaceChildren();
    this.#nothing.textContent = "Nothing yet.";
    this.#nothing.hidden = false;
  }

  show(call) {
    this.#nothing.hidden = call.notes.length > 0;
    for (const note of call.notes.filter(({ n }) => n > this.#last)) {
      this.#list.append(this.#line(note));
      this.#last = note.n;
    }
    for (const line of this.#list.children) line.classList.toggle("now", Number(line.dataset.note) === call.hears);
    this.view.scrollTop = this.view.scrollHeight;
  }

  #line(note) {
    return element(
      "li",
      { class: note.kind, "data-note": note.n, lang: note.language || undefined },
      element("span", { class: "unseen" }, SPEAKERS[note.kind]),
      note.kind === "play" ? note.text.split("/").pop() : note.text,
    );
  }
}
