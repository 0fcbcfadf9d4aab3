// A call that comes is announced outside the page: in the tab's title, and by a notification if the person allows it.

import { say } from "./words.js";

export class Notifier {
  #shown = null;

  constructor(store) {
    this.store = store;
    store.change({ notifications: window.Notification?.permission ?? "unsupported" });
  }

  // Asks the browser; it answers only to a click.
  async ask() {
    this.store.change({ notifications: await Notification.requestPermission() });
  }

  show(state) {
    const [first] = state.ringing;
    document.title = this.#title(state, first);
    if (this.#shown?.id === first?.id) return;
    this.#shown?.notification?.close();
    this.#shown = first ? { id: first.id, notification: this.#notify(state, first) } : null;
  }

  #title(state, first) {
    if (first) return say("title_ringing", { caller: first.other || say("withheld") });
    if (state.call) return say("title_call", { caller: state.call.other || say("withheld") });
    return "Switchboard";
  }

  #notify(state, call) {
    if (state.notifications !== "granted" || document.hasFocus()) return null;
    try {
      const notification = new Notification(say("title_ringing", { caller: call.other || say("withheld") }), {
        body: [call.number, call.queue].filter(Boolean).join(", "),
        tag: "switchboard-call",
        requireInteraction: true,
      });
      notification.onclick = () => window.focus();
      return notification;
    } catch {
      return null; // some telephones' browsers want a service worker for it
    }
  }
}
