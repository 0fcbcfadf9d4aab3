// Microphone, loudspeakers, level and notifications.

import { byId, element, list, text, visible } from "./elements.js";
import { say } from "./words.js";

export function connectSound({ store, audio, notifier }) {
  byId("input").addEventListener("change", (event) => audio.chooseInput(event.target.value));
  byId("speaker").addEventListener("change", (event) => audio.chooseSpeaker(event.target.value));
  byId("ringer").addEventListener("change", (event) => audio.chooseRinger(event.target.value));
  byId("try").addEventListener("click", () => audio.tryOut(!store.state.audio.trying));
  byId("notify").addEventListener("click", () => notifier.ask());
}

export function renderSound({ audio, call, notifications }) {
  choices("input", audio.inputs, audio.input);
  choices("speaker", audio.outputs, audio.speaker);
  choices("ringer", audio.outputs, audio.ringer);
  byId("speaker").disabled = byId("ringer").disabled = !audio.canChooseOutput;
  visible("no-speaker-choice", !audio.canChooseOutput);
  byId("level").value = audio.level;
  text("try", say(audio.trying ? "try_end" : "try"));
  byId("try").disabled = call !== null;
  visible("notify", notifications === "default");
  text("notify-state", notifications === "default" ? "" : say(`notify_${notifications}`));
}

function choices(id, devices, chosen) {
  const others = devices.filter((device) => device.id !== "default" && device.id !== "");
  const all = [{ id: "", label: say("browsers_choice") }, ...others];
  list(id, all, (device) => element("option", { value: device.id }, device.label));
  byId(id).value = others.some((device) => device.id === chosen) ? chosen : "";
}
