// Carries the sound of softphones: does what the stand-in asks for over a WebSocket, with the mixer of this page.
// The stand-in also sends which softphones to show.

import { withKey } from "./api.js";
import { alarm, element } from "./elements.js";
import { Mixer } from "./mixer.js";
import { showSoftphones } from "./softphones.js";

const RECONNECT_MS = 1000;

let socket;
const send = (message) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));

export const mixer = new Mixer(
  (call) => send({ lost: call }),
  (reason) => alarm(`No microphone (${reason}): the softphone does not hear you. Allow it, and call again.`),
);

const actions = {
  offer: ({ call }) => mixer.offer(call),
  answer: ({ call, sdp }) => mixer.answer(call, sdp),
  accept: ({ call, sdp }) => mixer.accept(call, sdp),
  connect: ({ one, other }) => mixer.connect(one, other),
  disconnect: ({ one, other }) => mixer.disconnect(one, other),
  play: ({ call, kind }) => mixer.play(call, kind),
  quiet: ({ call }) => mixer.quiet(call),
  close: ({ call }) => mixer.close(call),
};

async function obey(message) {
  try {
    const sdp = await actions[message.do](message);
    send({ n: message.n, sdp: sdp ?? "" });
  } catch (error) {
    send({ n: message.n, error: error.message });
  }
  wakeup.hidden = !mixer.waits;
}

// Browsers play no sound before the first click or key on a page.
const wakeup = element("button", { type: "button", class: "wakeup", hidden: true }, "Let softphones be heard");
for (const gesture of ["pointerdown", "keydown"]) {
  document.addEventListener(gesture, async () => {
    await mixer.wake();
    wakeup.hidden = !mixer.waits;
  });
}

function open() {
  const url = new URL(withKey("/standin/audio"), location.href);
  url.protocol = "ws:";
  socket = new WebSocket(url);
  // One after another, in the stand-in's order.
  let before = Promise.resolve();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.softphones) showSoftphones(message.softphones);
    else before = before.then(() => obey(message));
  };
  socket.onclose = () => {
    mixer.closeAll();
    setTimeout(open, RECONNECT_MS);
  };
}

document.querySelector(".tools")?.append(wakeup);
open();
