// A ringing handset shows itself wherever the page is scrolled to: by a line at the top, and in the page's title.

import { byId, element } from "./elements.js";

const TITLE = document.title;
const ringing = new Map(); // handset: its call
const onScreen = new Set(); // elements with the buttons of a handset
let shown = null;

const watching = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) isIntersecting ? onScreen.add(target) : onScreen.delete(target);
  update();
});

// Shows whether a handset rings. Call it after each change of its call, `call` null at the end of the handset.
export function showRinging(handset, call) {
  if (call?.state === "ringing") {
    ringing.set(handset, call);
    watching.observe(handset.buttons);
  } else if (ringing.delete(handset)) {
    watching.unobserve(handset.buttons);
  }
  update();
}

function update() {
  const [handset, call] = [...ringing][0] ?? [];
  document.title = handset ? `☎ ${handset.number} is ringing · ${TITLE}` : TITLE;
  const [unseen, itsCall] = [...ringing].find(([each]) => !onScreen.has(each.buttons)) ?? [];
  if (unseen === shown) return;
  const hadFocus = byId("ringing").contains(document.activeElement);
  const before = shown;
  shown = unseen ?? null;
  byId("ringing").hidden = !unseen;
  byId("ringing").replaceChildren(...(unseen ? parts(unseen, itsCall) : []));
  if (hadFocus) (unseen ? byId("ringing").querySelector("button") : before).focus();
}

function parts(handset, call) {
  const button = (title, kind, act) => element("button", { type: "button", class: kind, onclick: act }, title);
  return [
    element("p", {}, element("strong", { class: "number" }, handset.number), " is ringing: ", call.other, " calls"),
    button("Answer", "go", () => handset.answer()),
    button("Decline", "stop", () => handset.decline()),
    button("Show", "", () => handset.focus()),
  ];
}
