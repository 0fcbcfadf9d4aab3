// The page's state: one plain object, and who is called when it changes.

export const EMPTY = Object.freeze({
  language: "en",
  view: "starting", // starting, missing (no SDK), signed-out, signing-in, signed-in
  problem: null, // why signing in failed: {key, values}
  agent: null, // {name, identity}
  queues: [],
  agents: [],
  numbers: [],
  wanted: "ready", // what the person chose: ready, away
  link: "closed", // what the SDK says: closed, connecting, ready, away, reconnecting
  heard: null, // when the connection was last seen alive, in ms
  ringing: [], // incoming calls, oldest first
  call: null, // the call that the person is in
  notices: [], // sentences to act on: {key, values, kind}
  log: [], // ended calls, newest first
  audio: { inputs: [], outputs: [], input: "", speaker: "", ringer: "", canChooseOutput: false, level: 0, trying: false },
  notifications: "default",
  kept: null, // the sign-in that this tab keeps: {agent, key}
  now: 0, // the time of the last tick, in ms
});

export class Store {
  #state;
  #listeners = [];
  #waiting = false;

  constructor(initial = {}) {
    this.#state = { ...EMPTY, ...initial };
  }

  get state() {
    return this.#state;
  }

  change(patch) {
    this.#state = { ...this.#state, ...patch };
    if (this.#waiting) return;
    this.#waiting = true;
    queueMicrotask(() => {
      this.#waiting = false;
      this.#listeners.forEach((listener) => listener(this.#state));
    });
  }

  changeCall(patch) {
    if (this.#state.call) this.change({ call: { ...this.#state.call, ...patch } });
  }

  changeAudio(patch) {
    this.change({ audio: { ...this.#state.audio, ...patch } });
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  // Shows a sentence until it is dismissed or withdrawn. One of the same key is replaced; an error is not said again.
  notice(kind, key, values = {}) {
    if (kind === "error" && key !== "error_other" && this.#state.notices.some((each) => each.key === key)) return;
    const others = this.#state.notices.filter((each) => each.key !== key);
    this.change({ notices: [...others, { kind, key, values }] });
  }

  withdraw(...keys) {
    const left = this.#state.notices.filter((each) => !keys.includes(each.key));
    if (left.length !== this.#state.notices.length) this.change({ notices: left });
  }

  addToLog(entry) {
    this.change({ log: [entry, ...this.#state.log].slice(0, 100) });
  }

  // An ended call's outcome that is known later.
  amendLog(id, outcome) {
    this.change({ log: this.#state.log.map((entry) => (entry.id === id ? { ...entry, outcome } : entry)) });
  }
}
