// The page: receives the events of the stand-in's feed, and passes each to the part that shows it.

import { addPhone, withKey } from "./api.js";
import { clearDeliveries, showDelivery, showTimings } from "./deliveries.js";
import { byId } from "./elements.js";
import { clearEvents, showEvent } from "./events.js";
import { showFaults } from "./faults.js";
import { Handset } from "./handset.js";
import { connected, lost, sayRestarted, showApp } from "./link.js";
import { toNumber } from "./new_number.js";
import { showNumbers } from "./numbers.js";
import { switchVoice, voiceIsOn } from "./sound.js";
import "./tabs.js";
import { addEntry, clearWire } from "./wire.js";
import { setOrigins } from "./wire_line.js";

const RELOAD_MS = 1000;
const handsets = new Map();

const show = {
  snapshot(all) {
    const restarted = connected(all);
    byId("app-number").textContent = all.number;
    setOrigins({ app: all.app_url, account: all.account });
    showPhones(all);
    showNumbers(all.numbers);
    clearWire();
    all.wire.forEach(addEntry);
    if (restarted) sayRestarted();
    clearDeliveries();
    showTimings(all.timings);
    all.deliveries.forEach(showDelivery);
    clearEvents(Object.keys(all.timings).length > 0);
    all.events.forEach(showEvent);
    showFaults(all.faults);
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
  event: showEvent,
  app: showApp,
  faults: showFaults,
  numbers: showNumbers,
};

// A handset that was there before stays in its place, with the focus in it.
function showPhones({ phones, messages }) {
  const numbers = new Set(phones.map(({ number }) => number));
  [...handsets.keys()].filter((number) => !numbers.has(number)).forEach((number) => show.unplugged({ number }));
  phones.forEach(show.phone);
  handsets.forEach((handset) => handset.thread.clear());
  messages.forEach(show.message);
}

const feed = new EventSource(withKey("/standin/feed"));
for (const [kind, handle] of Object.entries(show)) {
  feed.addEventListener(kind, (event) => handle(JSON.parse(event.data)));
}
feed.onerror = () => {
  lost();
  // The stand-in was restarted, and has a new key: the new page has it too.
  if (feed.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), RELOAD_MS);
};

byId("save").href = withKey("/standin/session");

byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const number = toNumber(byId("new-number"), byId("new-number-wrong"));
  if (!number || !(await addPhone(number))) return;
  byId("new-number").value = "";
  // The feed may show it a moment later than the answer.
  const wait = setInterval(() => {
    if (!handsets.has(number)) return;
    clearInterval(wait);
    handsets.get(number).focus();
  }, 20);
});

byId("voice").addEventListener("click", () => {
  switchVoice(!voiceIsOn());
  byId("voice").setAttribute("aria-pressed", String(voiceIsOn()));
  byId("voice").textContent = voiceIsOn() ? "Voice on" : "Voice off";
  handsets.forEach((handset) => handset.sendVoice());
});
