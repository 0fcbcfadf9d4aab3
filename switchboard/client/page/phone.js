// The SDK's Device: registered while the person is ready, renewed and replaced when it does not answer.

import { isAboutConnection, isAboutToken, sentenceOf } from "./errors.js";
import { Refusal } from "./session.js";
import { SOUNDS } from "./sounds.js";

const REGISTER_MS = 15_000; // register() can hang, after an expired token for example
const RECONNECT_MS = 45_000; // the SDK reconnects by itself; after this the page begins anew
const LEAVE_MS = 5_000;
const LONGEST_WAIT_MS = 120_000;
const FRESH_MS = 300_000; // while idle a token is renewed this long before its end
const LAST_MS = 60_000; // during a call only now: a renewal may cost a second of sound
const FORCED_MS = 60_000; // a token that Twilio refuses is replaced once in this time, no more

export class Phone {
  #device = null;
  #edge;
  #guard;
  #failures = 0;
  #forced = 0;
  #retry = 0;

  constructor(store, session, calls, audio, signOut) {
    Object.assign(this, { store, session, calls, audio, signOut });
    calls.onAbandoned = () => this.restart();
  }

  start(edge) {
    this.#edge = edge;
    this.#open();
  }

  stop() {
    this.#close();
    this.store.change({ link: "closed" });
  }

  ready() {
    this.store.change({ wanted: "ready" });
    this.store.withdraw("error_token", "error_expired");
    this.#forced = 0;
    if (this.#device?.state === "registered") this.#onRegistered();
    else if (this.#device?.state === "unregistered") this.#register();
    else if (this.#device) this.#onRegistering();
    else this.restart();
  }

  away() {
    this.store.change({ wanted: "away" });
    if (this.#device?.state === "registered") this.#leave();
    else if (this.#device) this.#onUnregistered();
  }

  async dial(to, label) {
    try {
      await this.session.fresh(0);
      if (!this.#device) this.#open();
      await this.calls.dial(this.#device, to, label);
    } catch (error) {
      if (error instanceof Refusal) this.#refused(error);
      else this.calls.failed(error);
    }
  }

  // Called each second: the token, and the time at which the connection was last seen alive.
  tick(now) {
    if (this.#device?.state === "registered") this.store.change({ heard: now });
    if (this.#device) this.renewIfNeeded();
  }

  // Called when the person or the network is back: a token that has expired is replaced before anything else.
  back() {
    if (!this.#device) return;
    this.#retry = 0;
    this.renewIfNeeded();
    if (this.store.state.link === "reconnecting") this.#watch(REGISTER_MS);
  }

  // Called after the page did not run: the SDK may say "registered" and not be. A new Device is certain.
  stopped(from, ms) {
    if (!this.#device) return;
    if (this.store.state.wanted === "ready") this.store.notice("warning", "frozen", { from, seconds: ms / 1000 });
    this.restart();
  }

  async renewIfNeeded() {
    const least = this.calls.isBusy ? LAST_MS : FRESH_MS;
    if (this.session.left() > least || Date.now() < this.#retry) return;
    this.#retry = Date.now() + REGISTER_MS;
    await this.#renew();
  }

  // Begins anew: a token that is good, a new Device. Never during a call, which would end.
  async restart() {
    if (this.calls.isBusy) return this.#restartLater();
    this.#close();
    this.store.change({ link: "connecting" });
    this.#watch(this.#backoff());
    try {
      await this.session.fresh(FRESH_MS);
    } catch (error) {
      return this.#refused(error);
    }
    if (!this.#device && this.session.token) this.#open();
  }

  #open() {
    const device = new window.Twilio.Device(this.session.token, {
      closeProtection: true,
      codecPreferences: ["opus", "pcmu"],
      enableImprovedSignalingErrorPrecision: true,
      tokenRefreshMs: LAST_MS,
      logLevel: "error",
      publishEvents: false,
      sounds: SOUNDS,
      edge: this.#edge,
    });
    this.#device = device;
    // A Device that was replaced may still report; only the present one counts.
    const on = (event, handle) => device.on(event, (...all) => device === this.#device && handle(...all));
    on("registered", () => this.#onRegistered());
    on("registering", () => this.#onRegistering());
    on("unregistered", () => this.#onUnregistered());
    on("destroyed", () => this.#onDestroyed());
    on("tokenWillExpire", () => this.#renew());
    on("incoming", (call) => this.calls.incoming(call));
    on("error", (error, call) => this.#onError(error, call));
    this.audio.attach(device);
    if (this.store.state.wanted === "ready") this.#register();
    else this.store.change({ link: "away" });
  }

  #close() {
    clearTimeout(this.#guard);
    const device = this.#device;
    this.#device = null;
    if (device && device.state !== "destroyed") device.destroy();
  }

  #register() {
    // A promise that is rejected has its error as an event too; one that hangs is the watchdog's.
    this.#device.register().catch(() => {});
  }

  #leave() {
    this.#watch(LEAVE_MS);
    this.#device.unregister().catch(() => {});
  }

  #onRegistering() {
    if (this.store.state.wanted !== "ready") return;
    if (this.store.state.link !== "reconnecting") this.store.change({ link: "connecting" });
    this.#watch(this.#backoff());
  }

  #onRegistered() {
    clearTimeout(this.#guard);
    this.#failures = 0;
    this.store.withdraw("error_connection", "error_token", "error_expired", "register_slow");
    // The SDK registers again after a reconnect, and after a new token, also when the person is away.
    if (this.store.state.wanted !== "ready") return this.#leave();
    this.store.change({ link: "ready", heard: Date.now() });
  }

  #onUnregistered() {
    clearTimeout(this.#guard);
    if (this.store.state.wanted !== "ready") return this.store.change({ link: "away" });
    this.store.change({ link: "reconnecting" });
    this.#watch(RECONNECT_MS);
  }

  #onDestroyed() {
    this.#device = null;
    this.restart();
  }

  // Begins anew unless the state that is waited for comes in time.
  #watch(ms) {
    clearTimeout(this.#guard);
    this.#guard = setTimeout(() => this.#late(), ms);
  }

  #late() {
    this.#failures += 1;
    if (this.store.state.wanted === "ready") this.store.notice("warning", "register_slow");
    this.restart();
  }

  #restartLater() {
    clearTimeout(this.#guard);
    this.#guard = setTimeout(() => this.restart(), REGISTER_MS);
  }

  #backoff() {
    return Math.min(LONGEST_WAIT_MS, REGISTER_MS * 2 ** this.#failures);
  }

  #onError(error, call) {
    if (isAboutToken(error.code)) return this.#tokenRefused(error);
    if (call && this.calls.report(call, error)) return;
    if (isAboutConnection(error.code) && this.store.state.wanted !== "ready" && !this.calls.isBusy) return;
    this.store.notice("error", sentenceOf(error.code), { code: error.code });
  }

  // A token that Twilio refuses is replaced; if the new one is refused too, a person must look.
  #tokenRefused(error) {
    this.session.discard();
    if (Date.now() - this.#forced > FORCED_MS) {
      this.#forced = Date.now();
      return this.#renew();
    }
    this.store.notice("error", sentenceOf(error.code), { code: error.code });
    return this.calls.isBusy || this.stop();
  }

  async #renew() {
    try {
      await this.session.renew();
    } catch (error) {
      return this.#refused(error);
    }
    this.store.withdraw("renewal_failed");
    if (this.#device && this.#device.state !== "destroyed") this.#device.updateToken(this.session.token);
  }

  #refused(refusal) {
    if (refusal.code === "signed_out") return;
    if (refusal.isFinal && !this.calls.isBusy) return this.signOut(refusal);
    this.#retry = Date.now() + Math.max(REGISTER_MS, refusal.seconds * 1000);
    this.store.notice("error", "renewal_failed");
  }
}
