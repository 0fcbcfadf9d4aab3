// What each number of numbers.toml does now, the file's mistakes, and the app's clock for opening hours.

import { setClock } from "./api.js";
import { byId, element } from "./elements.js";
import { badge } from "./tabs.js";

let callable = [];

export const numbersToCall = () => callable;

export function showNumbers({ callable: found, trees, problems, clock }) {
  callable = found;
  byId("numbers-nothing").hidden = trees.length > 0;
  byId("number-problems").replaceChildren(
    ...problems.map(({ text, warning }) => element("li", { class: warning ? "warning" : "mistake" }, text)),
  );
  byId("number-trees").replaceChildren(...trees.map((tree) => branch(tree, true)));
  badge("numbers", problems.filter(({ warning }) => !warning).length, "mistakes", "bad");
  showClock(clock);
  document.dispatchEvent(new CustomEvent("numbers"));
}

function branch({ text, branches }, open = false) {
  if (!branches.length) return element("li", {}, text);
  const below = element("ul", {}, ...branches.map((each) => branch(each)));
  return element("li", {}, element("details", { open }, element("summary", {}, text), below));
}

function showClock(clock) {
  byId("clock").hidden = !clock;
  if (!clock) return;
  const local = clock.now.slice(0, 16);
  const day = new Date(`${local}Z`).toLocaleDateString("en", { weekday: "long", timeZone: "UTC" });
  byId("clock-now").textContent = `For opening hours it is ${day}, ${local.replace("T", " ")} (${clock.zone})`;
  byId("clock-reset").hidden = !clock.shifted;
  if (document.activeElement !== byId("clock-at")) byId("clock-at").value = local;
}

byId("clock").addEventListener("submit", (event) => {
  event.preventDefault();
  setClock(byId("clock-at").value);
});
byId("clock-reset").addEventListener("click", () => setClock(""));
