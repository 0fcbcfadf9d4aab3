// Simulated faults of Twilio, each with a switch.

import { switchFault } from "./api.js";
import { byId, element } from "./elements.js";
import { badge } from "./tabs.js";

const WORDS = {
  slow: ["Slow", "Twilio takes the text or call and answers after 25 s, longer than the app waits. The status callback settles it."],
  throttled: ["429", "Twilio refuses the text or call, with Retry-After. The app makes the next attempt after that."],
  broken: ["500", "Twilio fails and takes nothing. The app cannot know that: it waits, reads Twilio's list twice, and sends again."],
  dropped: ["Dropped", "Twilio takes the text or call, and closes the connection without an answer. The status callback settles it."],
  duplicate: ["Twice", "The next webhook is sent a second time, with the same token. The app answers both; their events have the same id."],
  disordered: ["Out of order", "The status callbacks of the next text or call wait for its end. Then the last one is sent first."],
};

export function showFaults(faults) {
  const list = byId("fault-list");
  if (!list.children.length) list.append(...faults.map(({ name }) => item(name)));
  badge("faults", faults.filter(({ times }) => times).length, "switched on");
  for (const fault of faults) {
    const button = byId(`fault-${fault.name}`);
    button.setAttribute("aria-pressed", String(fault.times !== 0));
    button.querySelector(".times").textContent = fault.times < 0 ? "always" : fault.times ? `× ${fault.times}` : "";
  }
}

function item(name) {
  const [title, words] = WORDS[name];
  const button = element(
    "button",
    { type: "button", id: `fault-${name}`, "aria-pressed": "false", "aria-describedby": `about-${name}` },
    title,
    element("span", { class: "times" }),
  );
  button.addEventListener("click", () => {
    const isOn = button.getAttribute("aria-pressed") === "true";
    switchFault(name, isOn ? 0 : Number(byId("how-often").value));
  });
  return element("li", {}, button, element("span", { id: `about-${name}` }, words));
}
