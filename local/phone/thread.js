// A handset's texts, sent and received, each with its state.

import { sendText } from "./api.js";
import { element, moment } from "./elements.js";

const BAD = new Set(["undelivered", "failed"]);

export class Thread {
  #number;
  #items = new Map();
  #list = element("ol");
  #nothing = element("p", { class: "nothing" }, "No texts yet.");
  #log;

  // `to` returns the number that is texted, "" for the account's own.
  constructor(number, to) {
    this.#number = number;
    const log = { class: "texts", role: "log", tabindex: "0", "aria-label": `Texts of ${number}` };
    this.#log = element("div", log, this.#nothing, this.#list);
    const field = element("input", {
      type: "text",
      maxlength: "1600",
      required: true,
      autocomplete: "off",
      placeholder: "Text the app",
      "aria-label": `Text from ${number} to the app`,
    });
    const form = element("form", { class: "composer" }, field, element("button", { type: "submit" }, "Send"));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const body = field.value;
      field.value = "";
      if (!(await sendText(number, body, to()))) field.value = body;
    });
    this.view = element("div", { class: "thread" }, this.#log, form);
  }

  clear() {
    this.#items.clear();
    this.#list.replaceChildren();
    this.#nothing.hidden = false;
  }

  show(message) {
    this.#nothing.hidden = true;
    const item = this.#bubble(message);
    const before = this.#items.get(message.sid);
    if (before) before.replaceWith(item);
    else this.#list.append(item);
    this.#items.set(message.sid, item);
    this.#log.scrollTop = this.#log.scrollHeight;
  }

  #bubble(message) {
    const mine = message.from?.replace("whatsapp:", "") === this.#number;
    const other = mine ? message.to : message.from;
    const body = message.body || (message.num_media === "0" ? "(no words)" : "");
    const media = message.num_media === "0" ? null : element("span", { class: "media" }, `${message.num_media} file(s)`);
    return element(
      "li",
      { class: `${mine ? "mine" : "theirs"}${BAD.has(message.status) ? " bad" : ""}`, "data-status": message.status },
      element("span", { class: "unseen" }, mine ? `To ${other}: ` : `From ${other}: `),
      element("p", {}, body),
      media,
      element("small", {}, element("strong", {}, mine ? "sent" : message.status), ` ${facts(message)}`),
    );
  }
}

function facts({ date_created: created, num_segments: count, encoding, error_code: code }) {
  const parts = [moment(created), `${count} segment${count === "1" ? "" : "s"}`, encoding];
  return [...(code ? [code] : []), ...parts].join(" · ");
}
