// The page's connection to the stand-in, and whether the app is up.

import { alarm, announce, byId } from "./elements.js";
import { addMark, forgetCleared } from "./wire.js";

const BEGAN = "began";
const WORDS = {
  connecting: "connecting",
  live: "live",
  restarting: "the app restarts…",
  failed: "the app is down",
  lost: "connection lost, trying again",
};
let focused = null;
let app = "live";

export const isLost = () => document.documentElement.dataset.link === "lost";

function show(state) {
  document.documentElement.dataset.link = state;
  byId("link").textContent = WORDS[state];
}

function freeze(frozen) {
  byId("handsets").inert = byId("ringing").inert = frozen;
}

// Freezes the handsets: what is on their screens may have ended meanwhile.
export function lost() {
  if (isLost()) return;
  focused = byId("handsets").contains(document.activeElement) ? document.activeElement : null;
  freeze(true);
  show("lost");
}

// Connected, with a snapshot of the stand-in: `began` is the start of its run.
export function connected({ began, app: { state, reason } }) {
  freeze(false);
  if (focused?.isConnected && document.activeElement === document.body) focused.focus();
  focused = null;
  app = state === "up" ? "live" : state;
  show(app);
  if (state === "failed") alarm(reason);
  const before = sessionStorage.getItem(BEGAN);
  sessionStorage.setItem(BEGAN, began);
  if (before === null || before === began) return false;
  forgetCleared();
  return true;
}

export function sayRestarted() {
  addMark("The stack was restarted: its earlier calls and requests are gone.");
  announce("The stack was restarted");
}

// The app restarts, is up again, or did not start; calls and webhooks wait in the stand-in meanwhile.
export function showApp({ state, reason }) {
  app = state === "up" ? "live" : state;
  show(app);
  if (state === "up") addMark("The app has restarted.");
  if (state === "failed") {
    addMark("The app did not start again.");
    alarm(reason);
  }
  if (state === "up") announce("The app has restarted");
}
