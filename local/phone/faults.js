// Simulated faults of Twilio, each with a switch.

import { switchFault } from "./api.js";
import { byId, element } from "./elements.js";

const WORDS = {
  slow: ["Slow", "Twilio accepts the request, and answers after 25 s: longer than the app waits."],
  throttled: ["429", "Too many requests: refused, with Retry-After."],
  broken: ["500", "Twilio itself fails: the request is refused."],
  dropped: ["Dropped", "Twilio accepts the request, and the connection closes without an answer."],
  duplicate: ["Twice", "A webhook is sent a second time."],
  disordered: ["Out of order", "Status callbacks are sent in reverse order."],
};

export function showFaults(faults) {
  const list = byId("fault-list");
  if (!list.children.length) list.append(...faults.map(({ name }) => item(name)));
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
