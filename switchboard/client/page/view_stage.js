// The telephone's middle: no call, a call that rings, or the call that the person is in.

import { byId, isTextField, text, visible } from "./elements.js";
import { duration, say } from "./words.js";

const WARNINGS = {
  "high-rtt": "warning_slow",
  "high-jitter": "warning_quality",
  "low-mos": "warning_quality",
  "high-packet-loss": "warning_loss",
  "high-packets-lost-fraction": "warning_loss",
  "low-bytes-received": "warning_not_hearing",
  "low-bytes-sent": "warning_not_heard",
  "ice-connectivity-lost": "warning_lost",
  "constant-audio-input-level": "warning_silent",
};

let shown = "idle";

export function connectStage(actions) {
  const { store } = actions;
  byId("answer").addEventListener("click", () => actions.answer(store.state.ringing[0]?.id));
  byId("decline").addEventListener("click", () => actions.decline(store.state.ringing[0]?.id));
  byId("hang-up").addEventListener("click", actions.hangUp);
  byId("mute").addEventListener("click", actions.mute);
}

export function renderStage(state) {
  const [first] = state.ringing;
  const call = state.call ?? first;
  const stage = state.call ? "call" : first ? "ringing" : "idle";
  byId("stage").dataset.stage = stage;
  visible("answer", stage === "ringing");
  visible("decline", stage === "ringing");
  visible("mute", stage === "call");
  visible("hang-up", stage === "call");
  text("stage-what", whatOf(state, stage));
  text("stage-timer", stage === "call" && call.answeredAt ? duration((state.now - call.answeredAt) / 1000) : "");
  text("stage-who", call ? call.other || say("withheld") : say(idleSentence(state)));
  renderAbout(state, stage, call);
  renderMute(state.call);
  moveFocus(stage, first);
}

function whatOf({ call, link, wanted }, stage) {
  if (stage === "ringing") return say("call_in");
  if (stage === "call") return say(`call_${call.status}`);
  return wanted === "ready" && link !== "ready" ? say("no_call_comes") : say("no_call");
}

function idleSentence({ link, wanted }) {
  if (wanted === "away") return "idle_away";
  return link === "ready" ? "idle_ready" : "idle_offline";
}

function renderAbout(state, stage, call) {
  text("stage-number", call?.number ? say("called_number", { number: call.number }) : "");
  text("stage-queue", call?.queue ? say("from_queue", { queue: call.queue }) : "");
  const more = state.ringing.length - (stage === "ringing" ? 1 : 0);
  text("stage-more", more > 0 ? say("more_callers", { count: more }) : "");
  const warnings = state.call ? state.call.warnings.map((name) => WARNINGS[name] ?? "warning_quality") : [];
  text("stage-warnings", [...new Set(warnings)].map((key) => say(key)).join(" "));
  text("stage-help", stage === "ringing" ? say("ringing_help") : "");
}

function renderMute(call) {
  byId("mute").setAttribute("aria-pressed", String(call?.muted ?? false));
  text("mute", say(call?.muted ? "unmute" : "mute"));
  byId("mute").disabled = call?.answeredAt === null;
}

// A call that rings takes the focus to Answer, but never out of a text field; a button that goes gives it to the heading.
function moveFocus(stage, first) {
  const key = stage === "ringing" ? `ringing ${first.id}` : stage;
  if (key === shown) return;
  shown = key;
  announce(stage, first);
  const at = document.activeElement;
  if (isTextField(at)) return;
  if (stage === "ringing") byId("answer").focus();
  else if (at === document.body || at.hidden) byId("stage-who").focus();
}

function announce(stage, first) {
  const caller = first?.other || say("withheld");
  text("announcement", stage === "ringing" ? say("announced", { caller, number: first.number }) : "");
}
