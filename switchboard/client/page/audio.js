// Microphone and loudspeakers: what there is, what the person chose, and what is lost during a call.

import { sentenceOf } from "./errors.js";
import { Level } from "./level.js";

const CHOSEN = "switchboard-audio";
const REFUSED = { NotAllowedError: 31401, SecurityError: 31401 };

export class Audio {
  #helper = null; // the SDK's device.audio
  #chosen = read();
  #isOpen = false; // the chosen microphone is open, for a call
  #level = new Level((level) => this.store.changeAudio({ level }));

  constructor(store) {
    this.store = store;
    store.changeAudio(this.#chosen);
  }

  attach(device) {
    this.#helper = device.audio;
    this.#isOpen = false;
    device.audio.on("deviceChange", (lost) => this.#changed(device.audio, lost));
    this.#changed(device.audio, []);
  }

  // Asks the browser for the microphone before a call needs it, by a click of the person.
  async allow() {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      stream.getTracks().forEach((track) => track.stop());
      this.store.withdraw("error_microphone_refused", "error_microphone_failed");
      // Names and ids of devices are known from now on: the SDK lists them again.
      navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    } catch (error) {
      const code = REFUSED[error.name] ?? 31402;
      this.store.notice("error", sentenceOf(code), { code });
    }
  }

  async chooseInput(id) {
    this.#choose({ input: id });
    if (this.store.state.audio.trying) await this.tryOut(true);
    if (this.store.state.call) await this.#openInput(id);
  }

  chooseSpeaker(id) {
    this.#choose({ speaker: id });
    return this.#setOutput(this.#helper?.speakerDevices, id);
  }

  chooseRinger(id) {
    this.#choose({ ringer: id });
    return this.#setOutput(this.#helper?.ringtoneDevices, id);
  }

  // Opens the chosen microphone for a call; without a choice the SDK opens the browser's own.
  async prepare() {
    this.tryOut(false);
    if (this.#helper?.availableInputDevices.has(this.#chosen.input)) await this.#openInput(this.#chosen.input);
  }

  // Watches the microphone of the call that has begun.
  inCall(call) {
    const [track] = call.getLocalStream?.()?.getAudioTracks() ?? [];
    track?.addEventListener("ended", () => this.store.state.call && this.#lost());
  }

  callEnded() {
    this.store.changeAudio({ level: 0 });
    this.store.withdraw("microphone_lost", "microphone_replaced");
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#helper.unsetInputDevice().catch(() => {});
  }

  // Shows the microphone's level while there is no call.
  async tryOut(wanted) {
    this.#level.stop();
    this.store.changeAudio({ trying: wanted, level: 0 });
    if (!wanted) return;
    try {
      await this.#level.start(this.#chosen.input, () => this.tryOut(false));
    } catch (error) {
      const code = REFUSED[error.name] ?? 31402;
      this.store.changeAudio({ trying: false });
      this.store.notice("error", sentenceOf(code), { code });
    }
  }

  #choose(choice) {
    this.#chosen = { ...this.#chosen, ...choice };
    localStorage.setItem(CHOSEN, JSON.stringify(this.#chosen));
    this.store.changeAudio(choice);
  }

  async #openInput(id) {
    try {
      await this.#helper.setInputDevice(id);
      this.#isOpen = true;
      this.store.withdraw("microphone_lost");
    } catch {
      this.store.notice("error", sentenceOf(31402), { code: 31402 });
    }
  }

  async #setOutput(outputs, id) {
    if (!this.store.state.audio.canChooseOutput || !outputs) return;
    await outputs.set(id || "default").catch(() => this.store.notice("warning", "speaker_failed"));
  }

  #changed(helper, lost) {
    if (helper !== this.#helper) return;
    const before = this.store.state.audio;
    this.store.changeAudio({
      inputs: named(helper.availableInputDevices),
      outputs: named(helper.availableOutputDevices),
      canChooseOutput: helper.isOutputSelectionSupported,
    });
    if (lost.some((device) => device.kind === "audioinput") && this.store.state.call) this.#lost();
    else if (lost.some((device) => device.kind === "audiooutput")) this.store.notice("warning", "speaker_lost");
    else if (this.#isNoticed("microphone_lost")) this.#lost();
    this.#restoreOutputs(helper, before.outputs);
  }

  // A chosen loudspeaker that is there (again) is used.
  #restoreOutputs(helper, before) {
    const isNew = (id) => id && helper.availableOutputDevices.has(id) && !before.some((each) => each.id === id);
    if (isNew(this.#chosen.speaker)) this.#setOutput(helper.speakerDevices, this.#chosen.speaker);
    if (isNew(this.#chosen.ringer)) this.#setOutput(helper.ringtoneDevices, this.#chosen.ringer);
  }

  // The call's microphone is gone: another one takes over, or the person must plug one in.
  async #lost() {
    const [other] = this.store.state.audio.inputs;
    if (!other) return this.store.notice("error", "microphone_lost");
    await this.#openInput(other.id);
    this.store.notice("warning", "microphone_replaced", { microphone: other.label });
  }

  #isNoticed(key) {
    return this.store.state.call && this.store.state.notices.some((each) => each.key === key);
  }
}

const named = (devices) => [...devices.values()].map(({ deviceId, label }) => ({ id: deviceId, label }));

function read() {
  try {
    return { input: "", speaker: "", ringer: "", ...JSON.parse(localStorage.getItem(CHOSEN)) };
  } catch {
    return { input: "", speaker: "", ringer: "" };
  }
}
