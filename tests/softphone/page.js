// A bare page around the SDK: what a test asks for, and what happened.

window.events = [];
const note = (...words) => window.events.push(words.join(" "));
const SOUNDS = ["incoming", "outgoing", "disconnect", "dtmfs", "dtmfh", ...[..."0123456789"].map((key) => `dtmf${key}`)];

function follow(call) {
  window.call = call;
  for (const name of ["accept", "cancel", "disconnect", "reject", "ringing", "reconnecting", "reconnected"]) {
    call.on(name, () => note(name));
  }
  call.on("warning", (name) => note("warning", name));
  call.on("error", (error) => note("call error", error.code, error.message));
}

window.start = async (token) => {
  window.device = new Twilio.Device(token, {
    logLevel: "silent",
    sounds: Object.fromEntries(SOUNDS.map((name) => [name, "client/sound.wav"])),
    publishEvents: false,
    codecPreferences: ["opus", "pcmu"],
    enableImprovedSignalingErrorPrecision: true,
  });
  for (const name of ["registered", "unregistered"]) device.on(name, () => note(name));
  device.on("error", (error) => note("device error", error.code, error.message));
  device.on("incoming", (call) => {
    note("incoming", call.parameters.From, new URLSearchParams([...call.customParameters]).toString());
    follow(call);
  });
  await device.register();
};

window.dial = async (To) => follow(await device.connect({ params: { To } }));

// Returns the packets that the call has sent and received.
window.packets = async () => {
  const found = { sent: 0, received: 0 };
  (await call._mediaHandler.version.pc.getStats()).forEach((each) => {
    if (each.type === "outbound-rtp") found.sent += each.packetsSent;
    if (each.type === "inbound-rtp") found.received += each.packetsReceived;
  });
  return found;
};

// Returns the strongest frequency that the call hears, in Hz; 0 for silence, -1 before it is connected.
window.loudest = async () => {
  const stream = window.call?.getRemoteStream();
  return stream ? window.strongest((context) => context.createMediaStreamSource(stream)) : -1;
};
