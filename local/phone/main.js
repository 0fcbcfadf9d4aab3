// The page: receives the events of the stand-in's feed, and passes each to the part that shows it.

import { addPhone, withKey } from "./api.js";
import { clearDeliveries, showDelivery } from "./deliveries.js";
import { byId } from "./elements.js";
import { showFaults } from "./faults.js";
import { Handset } from "./handset.js";
import { showNumbers } from "./numbers.js";
import { switchVoice, voiceIsOn } from "./sound.js";
import { addEntry, clearWire } from "./wire.js";

const RELOAD_MS = 1000;
const handsets = new Map();

const show = {
  snapshot(all) {
    byId("app-number").textContent = all.number;
    handsets.forEach((handset) => handset.remove());
    handsets.clear();
    showNumbers(all.numbers);
    all.phones.forEach(show.phone);
    clearWire();
    all.wire.forEach(addEntry);
    clearDeliveries();
    all.deliveries.forEach(showDelivery);
    showFaults(all.faults);
    all.messages.forEach(show.message);
    document.documentElement.dataset.ready = "";
  },
  phone(phone) {
    if (!handsets.has(phone.number)) {
      const handset = new Handset(phone.number);
      handsets.set(phone.number, handset);
      byId("handsets").append(handset.view);
    }
    handsets.get(phone.number).show(phone.call);
  },
  unplugged({ number }) {
    handsets.get(number)?.remove();
    handsets.delete(number);
  },
  message(message) {
    for (const address of [message.from, message.to]) {
      handsets.get((address ?? "").replace("whatsapp:", ""))?.thread.show(message);
    }
  },
  wire: addEntry,
  delivery: showDelivery,
  faults: showFaults,
  numbers: showNumbers,
};

const feed = new EventSource(withKey("/standin/feed"));
for (const [kind, handle] of Object.entries(show)) {
  feed.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
}
feed.onopen = () => (byId("link").textContent = "live");
feed.onerror = () => {
  byId("link").textContent = "reconnecting";
  // The stand-in was restarted, and has a new key: the new page has it too.
  if (feed.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), RELOAD_MS);
};

byId("save").href = withKey("/standin/session");

byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = byId("new-number");
  if (await addPhone(field.value)) field.value = "";
});

byId("voice").addEventListener("click", () => {
  switchVoice(!voiceIsOn());
  byId("voice").setAttribute("aria-pressed", String(voiceIsOn()));
  byId("voice").textContent = voiceIsOn() ? "Voice on" : "Voice off";
  handsets.forEach((handset) => handset.sendVoice());
});
