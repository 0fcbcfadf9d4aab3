// Shows the state, and calls what the person does. The parts of the desk are in modules of their own.

import { connectDesk, renderDesk } from "./view_desk.js";
import { renderLog } from "./view_log.js";
import { connectSound, renderSound } from "./view_sound.js";
import { connectStage, renderStage } from "./view_stage.js";
import { byId, element, list, text, visible } from "./elements.js";
import { LANGUAGES, say, timeOfDay, duration } from "./words.js";

let actions;

export function connectViews(all) {
  actions = all;
  const languages = Object.entries(LANGUAGES);
  byId("language").append(...languages.map(([value, name]) => element("option", { value, lang: value }, name)));
  byId("language").addEventListener("change", (event) => actions.language(event.target.value));
  byId("sign-out").addEventListener("click", actions.signOut);
  byId("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    actions.signIn(byId("agent").value.trim(), byId("key").value.trim(), byId("stay").checked);
  });
  connectDesk(actions);
  connectStage(actions);
  connectSound(actions);
}

export function render(state) {
  const isIn = state.view === "signed-in";
  visible("missing", state.view === "missing");
  visible("sign-in", state.view === "signed-out" || state.view === "signing-in");
  visible("desk", isIn);
  visible("sign-out", isIn);
  text("who-am-i", isIn ? say("signed_in_as", { agent: state.agent.name }) : say("softphone"));
  renderSignIn(state);
  renderNotices(state);
  if (!isIn) return;
  byId("key").value = ""; // it must not wait there for the next person
  renderDesk(state);
  renderStage(state);
  renderSound(state);
  renderLog(state, actions.dial);
}

// Writes what the page itself says; called when the language changes.
export function renderWords(state) {
  document.documentElement.lang = state.language;
  byId("language").value = state.language;
  for (const place of document.querySelectorAll("[data-say]")) place.textContent = say(place.dataset.say);
  for (const place of document.querySelectorAll("[data-name]")) place.setAttribute("aria-label", say(place.dataset.name));
  for (const place of document.querySelectorAll("[data-shown]")) delete place.dataset.shown;
  render(state);
}

function renderSignIn({ view, problem, kept }) {
  byId("sign-in-button").disabled = view === "signing-in";
  text("sign-in-problem", problem ? say(problem.key, problem.values) : "");
  if (!kept || byId("agent").value || byId("sign-in").dataset.filled) return;
  byId("sign-in").dataset.filled = "yes";
  byId("agent").value = kept.agent;
  byId("key").value = kept.key;
  byId("stay").checked = true;
}

function renderNotices({ notices, view }) {
  list("notices", view === "signed-in" ? notices : [], ({ kind, key, values }) =>
    element(
      "p",
      { class: `notice ${kind}` },
      element("span", {}, sentence(key, values)),
      element("button", { type: "button", onclick: () => actions.store.withdraw(key) }, say("dismiss")),
    ),
  );
}

function sentence(key, { code, from, seconds, ...values }) {
  const known = { ...values, code, from: from && timeOfDay(from), duration: seconds && duration(seconds) };
  return say(key, known) + (code && key !== "error_other" ? ` (${code})` : "");
}
