// A scripted double of the SDK, for what signalling cannot bring about easily. `double` is the test's handle.
(() => {
  class Emitter {
    #handlers = new Map();
    on(event, handle) {
      this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), handle]);
      return this;
    }
    emit(event, ...all) {
      (this.#handlers.get(event) ?? []).forEach((handle) => handle(...all));
    }
  }

  class Outputs {
    chosen = "default";
    async set(id) {
      this.chosen = id;
    }
  }

  class Helper extends Emitter {
    availableInputDevices = new Map(["default", "headset", "webcam"].map((id) => [id, device("audioinput", id)]));
    availableOutputDevices = new Map(["default", "headset", "desk"].map((id) => [id, device("audiooutput", id)]));
    isOutputSelectionSupported = double.outputs;
    speakerDevices = new Outputs();
    ringtoneDevices = new Outputs();
    opened = [];
    async setInputDevice(id) {
      if (!this.availableInputDevices.has(id)) throw new Error("no such device");
      await double.opening;
      this.opened.push(id);
    }
    async unsetInputDevice() {
      this.opened.push(null);
    }
    lose(...ids) {
      const lost = ids.map((id) => this.availableInputDevices.get(id));
      ids.forEach((id) => this.availableInputDevices.delete(id));
      this.emit("deviceChange", lost);
    }
  }

  const device = (kind, deviceId) => ({ kind, deviceId, label: `The ${deviceId}` });

  class Call extends Emitter {
    constructor(parameters, given) {
      super();
      Object.assign(this, { parameters, customParameters: new Map(Object.entries(given)), state: "pending", muted: false, digits: "" });
    }
    status = () => this.state;
    isMuted = () => this.muted;
    mute(wanted) {
      this.muted = wanted;
      this.emit("mute", wanted);
    }
    sendDigits(keys) {
      this.digits += keys;
    }
    accept() {
      if (this.state === "pending") this.open();
    }
    open() {
      this.state = "open";
      this.emit("accept", this);
    }
    reject() {
      this.close("reject");
    }
    disconnect() {
      if (this.state !== "pending") this.close("disconnect");
    }
    close(event) {
      if (this.state === "closed") return;
      this.state = "closed";
      this.emit(event, this);
    }
    fail(code) {
      this.state = "closed";
      this.emit("error", { code });
    }
  }

  class Device extends Emitter {
    state = "unregistered";
    audio = new Helper();
    tokens = [];
    constructor(token, options) {
      super();
      Object.assign(this, { options, made: token });
      double.devices.push(this);
    }
    get token() {
      return this.tokens.at(-1) ?? this.made;
    }
    #become(state) {
      this.state = state;
      this.emit(state);
    }
    async register() {
      this.#become("registering");
      if (double.hangs) return new Promise(() => {});
      await null;
      this.#become("registered");
    }
    async unregister() {
      this.#become("unregistered");
    }
    drop() {
      this.#become("unregistered");
    }
    comeBack() {
      this.#become("registered");
    }
    updateToken(token) {
      this.tokens.push(token);
      // The SDK's own: after a new token a device that was registered before registers again, away or not.
      if (double.registersAgain) this.#become("registered");
    }
    async connect({ params }) {
      if (this.state === "destroyed") throw Object.assign(new Error("destroyed"), { name: "InvalidStateError" });
      if (double.refuses) throw Object.assign(new Error("refused"), { code: double.refuses });
      const call = new Call({ To: params.To }, {});
      call.state = "connecting";
      double.calls.push(call);
      return call;
    }
    destroy() {
      this.#become("destroyed");
    }
  }

  const double = {
    devices: [],
    calls: [],
    opening: null, // a promise: the microphone is open when it is fulfilled
    hangs: false, // register() never ends
    outputs: true, // the browser lets a page choose the loudspeaker
    registersAgain: false,
    refuses: 0, // the code with which connect() fails
    get device() {
      return double.devices.at(-1);
    },
    get call() {
      return double.calls.at(-1);
    },
    ring(from = "+15005550006", given = {}) {
      const call = new Call({ From: from, CallSid: `CA${double.calls.length}` }, given);
      double.calls.push(call);
      double.device.emit("incoming", call);
    },
  };
  window.double = double;
  window.Twilio = { Device };
})();
