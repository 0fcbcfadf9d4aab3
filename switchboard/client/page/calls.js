// The calls: those that ring, the one that the person is in, and what became of them.

import { sentenceOf } from "./errors.js";

const VOLUME_MS = 150;
const WITHHELD = /^(anonymous|restricted|unavailable|blocked|unknown|private|)$/i;

export class Calls {
  #sdk = new Map(); // id -> the SDK's Call
  #next = 1;
  #heardVolume = 0;
  // Called when the person gives up a call that the SDK still prepares.
  onAbandoned = () => {};

  constructor(store, audio) {
    Object.assign(this, { store, audio });
  }

  get isBusy() {
    return this.store.state.call !== null || this.store.state.ringing.length > 0;
  }

  // Takes an error that the Device reports of a call; false when the call is none of these.
  report(call, error) {
    const [known] = [...this.#sdk].find(([, each]) => each === call) ?? [];
    if (known) this.#error(known, call, error);
    return known !== undefined;
  }

  incoming(call) {
    const entry = { ...this.#entry("in"), ...callerOf(call, this.store.state.agents), ...calledOf(call) };
    this.#sdk.set(entry.id, call);
    this.store.change({ ringing: [...this.store.state.ringing, entry] });
    const missed = () => this.#stopsRinging(entry, "missed");
    call.on("cancel", missed);
    call.on("disconnect", missed);
    // The connection is lost: the SDK forgets a call that rings, without another event.
    call.on("transportClose", missed);
    call.on("reject", () => this.#stopsRinging(entry, "declined"));
    call.on("error", (error) => this.#error(entry.id, call, error));
  }

  async answer(id) {
    const entry = this.store.state.ringing.find((each) => each.id === id);
    const call = this.#sdk.get(id);
    if (!entry || !call || this.store.state.call) return;
    const others = this.store.state.ringing.filter((each) => each !== entry);
    this.store.change({ ringing: others, call: { ...entry, status: "connecting" } });
    // Who else rings here goes on to the next agent at once.
    others.forEach((each) => this.decline(each.id));
    this.#follow(id, call);
    if (await this.#prepared(id)) call.accept();
  }

  decline(id) {
    this.#sdk.get(id)?.reject();
  }

  // Calls `to`; `label` is what the page shows. Returns when the SDK has begun.
  async dial(device, to, label) {
    if (this.isBusy) return;
    const entry = { ...this.#entry("out"), other: label, address: to, status: "connecting" };
    this.store.change({ call: entry });
    try {
      if (await this.#prepared(entry.id)) await this.#connect(device, entry, to);
    } catch (error) {
      // Of a call that the person has given up, its end is no news, and another call may have begun.
      if (this.store.state.call?.id !== entry.id) return;
      this.failed(error);
      this.#end(entry.id);
    }
  }

  async #connect(device, entry, to) {
    const call = await device.connect({ params: { To: to } });
    if (this.store.state.call?.id !== entry.id) return call.disconnect();
    this.#sdk.set(entry.id, call);
    this.#follow(entry.id, call);
    call.on("error", (error) => this.#error(entry.id, call, error));
  }

  // Opens the microphone for a call. Returns false when the person has given the call up meanwhile.
  async #prepared(id) {
    await this.audio.prepare();
    if (this.store.state.call?.id === id) return true;
    if (!this.store.state.call) this.audio.callEnded();
    return false;
  }

  // The SDK did not even begin the call.
  failed(error) {
    const code = error.code ?? error.name;
    this.store.notice("error", sentenceOf(code), { code });
  }

  hangUp() {
    const { call } = this.store.state;
    if (!call) return;
    const sdk = this.#sdk.get(call.id);
    // A call whose microphone is not open yet still rings for the SDK, which then only rejects it.
    if (sdk?.status() === "pending") sdk.reject();
    else sdk?.disconnect();
    this.#end(call.id);
    if (!sdk) this.onAbandoned();
  }

  toggleMute() {
    const call = this.#current();
    if (call) call.mute(!call.isMuted());
  }

  press(key) {
    const call = this.#current();
    if (!call) return;
    call.sendDigits(key);
    this.store.changeCall({ digits: this.store.state.call.digits + key });
  }

  #current() {
    return this.store.state.call && this.#sdk.get(this.store.state.call.id);
  }

  #entry(direction) {
    return { id: this.#next++, direction, at: Date.now(), answeredAt: null, muted: false, digits: "", warnings: [] };
  }

  #follow(id, call) {
    const on = (event, handle) => call.on(event, (...all) => this.store.state.call?.id === id && handle(...all));
    on("accept", () => this.#accepted(call));
    on("ringing", () => this.store.changeCall({ status: "ringing" }));
    on("reconnecting", () => this.store.changeCall({ status: "reconnecting" }));
    on("reconnected", () => this.store.changeCall({ status: "open" }));
    on("mute", (muted) => this.store.changeCall({ muted }));
    on("warning", (name) => this.store.changeCall({ warnings: [...this.#warningsWithout(name), name] }));
    on("warning-cleared", (name) => this.store.changeCall({ warnings: this.#warningsWithout(name) }));
    on("volume", (level) => this.#volume(level));
    for (const end of ["disconnect", "cancel", "reject"]) on(end, () => this.#end(id));
  }

  #accepted(call) {
    this.store.changeCall({ status: "open", answeredAt: Date.now() });
    this.audio.inCall(call);
  }

  #warningsWithout(name) {
    return this.store.state.call.warnings.filter((each) => each !== name);
  }

  #volume(level) {
    if (Date.now() - this.#heardVolume < VOLUME_MS) return;
    this.#heardVolume = Date.now();
    this.store.changeAudio({ level });
  }

  #stopsRinging(entry, outcome) {
    if (!this.store.state.ringing.some((each) => each.id === entry.id)) return;
    this.store.change({ ringing: this.store.state.ringing.filter((each) => each.id !== entry.id) });
    this.#log(entry, outcome);
  }

  #error(id, call, error) {
    const key = sentenceOf(error.code);
    this.store.notice("error", key, { code: error.code });
    // The SDK may report the end of a call before its reason.
    if (this.store.state.call?.id !== id) return this.store.amendLog(id, key);
    this.store.changeCall({ failure: key });
    if (call.status() === "closed") this.#end(id);
  }

  #end(id) {
    const { call } = this.store.state;
    if (call?.id !== id) return;
    this.store.change({ call: null });
    this.audio.callEnded();
    this.#log(call, call.answeredAt ? "answered" : (call.failure ?? "not_answered"));
  }

  #log(entry, outcome) {
    this.#sdk.delete(entry.id);
    const seconds = entry.answeredAt ? (Date.now() - entry.answeredAt) / 1000 : 0;
    const { id, at, direction, other, address, number, queue } = entry;
    this.store.addToLog({ id, at, direction, other, address, number, queue, outcome, seconds });
  }
}

// Who calls: `other` is shown ("" for a withheld number), `address` can be called back.
function callerOf(call, agents) {
  const given = call.customParameters;
  const from = given.get("caller") ?? (given.has("number") ? "" : (call.parameters.From ?? ""));
  if (WITHHELD.test(from)) return { other: "", address: "" };
  const agent = agents.find((each) => from === `client:${each.identity}`);
  return { other: agent ? agent.name : from.replace(/^client:/, ""), address: from };
}

function calledOf(call) {
  const given = call.customParameters;
  const number = [given.get("number"), given.get("called")].filter(Boolean);
  return { number: number.length === 2 ? `${number[0]} (${number[1]})` : number.join(""), queue: given.get("queue") ?? "" };
}
