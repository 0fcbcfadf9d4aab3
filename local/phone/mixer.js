// The sound of softphone calls: one RTCPeerConnection per call, and WebAudio between them and the handsets.
// Each end, a softphone call or a handset, has a node for the sound that it sends and one for what it hears.

const TONE_HZ = 440;
const TONE_LOUDNESS = 0.05;
const MUSIC_HZ = [262, 330, 392];
const MUSIC_LOUDNESS = 0.03;
const NOTE_SECONDS = 0.6;
const GATHERING_MS = 2000;

export class Mixer {
  #context = null;
  #softphones = new Map();
  #handsets = new Map();
  #links = new Map();
  #prompts = new Map();
  #microphone = null;
  #lost;
  #refused;

  // `lost(call)` is called when a call's connection fails, `refused(reason)` when there is no microphone.
  constructor(lost, refused = () => {}) {
    this.#lost = lost;
    this.#refused = refused;
  }

  // Does the browser hold the sound back until the person clicks?
  get waits() {
    return this.#context?.state === "suspended";
  }

  wake() {
    return this.#context?.resume();
  }

  // Makes the offer for a softphone that is rung.
  async offer(call) {
    const connection = this.#open(call);
    withoutKeys(connection);
    await connection.setLocalDescription(await connection.createOffer());
    return gathered(connection);
  }

  // Takes the answer of a softphone that was rung.
  async accept(call, sdp) {
    await this.#softphones.get(call)?.connection.setRemoteDescription({ type: "answer", sdp });
    return "";
  }

  // Answers the offer of a softphone that calls, or that restarts the ICE of its call.
  async answer(call, sdp) {
    const connection = this.#softphones.get(call)?.connection ?? this.#open(call);
    await connection.setRemoteDescription({ type: "offer", sdp });
    withoutKeys(connection);
    await connection.setLocalDescription(await connection.createAnswer());
    return gathered(connection);
  }

  close(call) {
    this.quiet(call);
    for (const pair of [...this.#links.keys()].filter((each) => JSON.parse(each).includes(call))) {
      this.disconnect(...JSON.parse(pair));
    }
    const softphone = this.#softphones.get(call);
    this.#softphones.delete(call);
    softphone?.connection.close();
    softphone?.silence.stop();
    softphone?.audio?.pause();
  }

  closeAll() {
    [...this.#softphones.keys()].forEach((call) => this.close(call));
  }

  connect(one, other) {
    const pair = pairOf(one, other);
    if (this.#links.has(pair)) return;
    const [first, second] = [this.#end(one), this.#end(other)];
    first.sent.connect(second.heard);
    second.sent.connect(first.heard);
    this.#links.set(pair, [first, second]);
    this.#switchMicrophone();
  }

  disconnect(one, other) {
    const pair = pairOf(one, other);
    const [first, second] = this.#links.get(pair) ?? [];
    if (!first) return;
    first.sent.disconnect(second.heard);
    second.sent.disconnect(first.heard);
    this.#links.delete(pair);
    this.#switchMicrophone();
  }

  // Plays a tone in place of a prompt's words, or a soft pattern in place of music, until `quiet`.
  play(call, kind) {
    this.quiet(call);
    const softphone = this.#softphones.get(call);
    if (softphone) this.#prompts.set(call, this.#tone(softphone.heard, kind === "music" ? MUSIC_HZ : [TONE_HZ]));
  }

  quiet(call) {
    this.#prompts.get(call)?.();
    this.#prompts.delete(call);
  }

  // What an end hears and sends, and the packets of a softphone's connection. Tests measure them.
  end(id) {
    return this.#softphones.get(id) ?? this.#handsets.get(id);
  }

  get #audio() {
    this.#context ??= new AudioContext();
    return this.#context;
  }

  #end(id) {
    return this.#softphones.get(id) ?? this.#handset(id);
  }

  #handset(number) {
    if (!this.#handsets.has(number)) {
      const [sent, heard] = [this.#audio.createGain(), this.#audio.createGain()];
      heard.connect(this.#audio.destination);
      this.#handsets.set(number, { sent, heard });
    }
    return this.#handsets.get(number);
  }

  #open(call) {
    const connection = new RTCPeerConnection();
    const softphone = {
      connection,
      sent: this.#audio.createGain(),
      heard: this.#audio.createMediaStreamDestination(),
    };
    connection.addEventListener("track", ({ track }) => this.#receive(softphone, new MediaStream([track])));
    connection.addEventListener("connectionstatechange", () => {
      if (connection.connectionState === "failed" && this.#softphones.has(call)) this.#lost(call);
    });
    const { stream } = softphone.heard;
    connection.addTrack(stream.getAudioTracks()[0], stream);
    // Silence: without any input there would be no packets, and the SDK would warn of a bad network.
    softphone.silence = new ConstantSourceNode(this.#audio, { offset: 0 });
    softphone.silence.connect(softphone.heard);
    softphone.silence.start();
    this.#softphones.set(call, softphone);
    return connection;
  }

  #receive(softphone, stream) {
    // Chromium passes a remote stream to WebAudio only while an element plays it too.
    softphone.audio = new Audio();
    softphone.audio.muted = true;
    softphone.audio.srcObject = stream;
    softphone.audio.play().catch(() => {});
    this.#audio.createMediaStreamSource(stream).connect(softphone.sent);
  }

  // One microphone serves all handsets. It is on while a handset is connected to a softphone.
  async #switchMicrophone() {
    const talking = new Set([...this.#links.values()].flat());
    const handsets = [...this.#handsets.values()].filter((each) => talking.has(each));
    if (!handsets.length) {
      this.#microphone?.then((source) => source?.mediaStream.getTracks().forEach((track) => track.stop()));
      this.#microphone = null;
      return;
    }
    this.#microphone ??= this.#openMicrophone();
    const source = await this.#microphone;
    handsets.forEach((each) => source?.connect(each.sent));
  }

  async #openMicrophone() {
    try {
      return this.#audio.createMediaStreamSource(await navigator.mediaDevices.getUserMedia({ audio: true }));
    } catch (error) {
      this.#refused(error.message);
      return null;
    }
  }

  #tone(heard, notes) {
    const [oscillator, gain] = [this.#audio.createOscillator(), this.#audio.createGain()];
    gain.gain.value = notes.length > 1 ? MUSIC_LOUDNESS : TONE_LOUDNESS;
    oscillator.frequency.value = notes[0];
    oscillator.connect(gain).connect(heard);
    oscillator.start();
    let next = 0;
    const change = () => (oscillator.frequency.value = notes[++next % notes.length]);
    const changing = notes.length > 1 && setInterval(change, NOTE_SECONDS * 1000);
    return () => {
      clearInterval(changing);
      oscillator.stop();
      gain.disconnect();
    };
  }
}

const pairOf = (one, other) => JSON.stringify([one, other].sort());

// Without telephone-event the SDK sends keys to the stand-in instead of into the sound.
function withoutKeys(connection) {
  const codecs = RTCRtpReceiver.getCapabilities("audio").codecs;
  const wanted = codecs.filter(({ mimeType }) => !/telephone-event/i.test(mimeType));
  connection.getTransceivers().forEach((each) => each.setCodecPreferences(wanted));
}

// Returns the description once it has all its candidates: the SDK accepts no later ones.
async function gathered(connection) {
  const complete = new Promise((done) => {
    const check = () => connection.iceGatheringState === "complete" && done();
    connection.addEventListener("icegatheringstatechange", check);
    setTimeout(done, GATHERING_MS);
    check();
  });
  await complete;
  return connection.localDescription.sdp;
}
