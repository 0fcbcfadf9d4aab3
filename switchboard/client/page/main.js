// The softphone: the parts, put together.

import { Audio } from "./audio.js";
import { Calls } from "./calls.js";
import { byId } from "./elements.js";
import { listenToKeys } from "./keys.js";
import { Notifier } from "./notifier.js";
import { Phone } from "./phone.js";
import { Refusal, Session, kept } from "./session.js";
import { Store } from "./store.js";
import { connectViews, render, renderWords } from "./views.js";
import { knows, load, say, supported } from "./words.js";
import { watch } from "./watch.js";

const LANGUAGE = "switchboard-language";

const store = new Store({ now: Date.now() });
const session = new Session();
const audio = new Audio(store);
const calls = new Calls(store, audio);
const phone = new Phone(store, session, calls, audio, signOut);
const notifier = new Notifier(store);

async function signIn(agent, key, isKept) {
  store.change({ view: "signing-in", problem: null });
  // The click that signs in also asks for the microphone, and lets the browser play the ringing.
  audio.allow();
  try {
    const answer = await session.signIn(agent, key);
    if (isKept) session.keep();
    await begin(answer);
  } catch (error) {
    signOut(error);
  }
}

async function begin(answer) {
  if (!localStorage.getItem(LANGUAGE)) await speak(supported([answer.language]));
  store.change({
    view: "signed-in",
    agent: { name: answer.agent, identity: answer.identity },
    queues: answer.queues ?? [],
    agents: answer.agents ?? [],
    numbers: answer.numbers ?? [],
    log: [],
    notices: store.state.notices.filter((each) => each.key.startsWith("error_microphone")),
  });
  phone.start(answer.edge);
  byId("stage-who").focus();
}

// Ends the person's session; with a reason when it was not their wish.
function signOut(reason) {
  calls.hangUp();
  phone.stop();
  session.end();
  store.change({ view: "signed-out", agent: null, wanted: "ready", notices: [], problem: problemOf(reason) });
}

function problemOf(reason) {
  if (!reason) return null;
  if (!(reason instanceof Refusal)) return { key: "error_other", values: { code: reason.name } };
  const key = `refused_${reason.code}`;
  const known = { key, values: { seconds: reason.seconds || 60 } };
  return knows(key) ? known : { key: "refused_other", values: { code: reason.code, sentence: reason.sentence } };
}

async function speak(language) {
  await load(language);
  store.change({ language });
  renderWords(store.state);
}

connectViews({
  store,
  signIn,
  signOut: () => signOut(null),
  language: (language) => {
    localStorage.setItem(LANGUAGE, language);
    return speak(language);
  },
  ready: () => phone.ready(),
  away: () => phone.away(),
  dial: (to, label) => phone.dial(to, label),
  answer: (id) => calls.answer(id),
  decline: (id) => calls.decline(id),
  hangUp: () => calls.hangUp(),
  mute: () => calls.toggleMute(),
  press: (key) => calls.press(key),
  audio,
  notifier,
});
listenToKeys(store, calls);

store.onChange((state) => {
  render(state);
  notifier.show(state);
});

watch({
  tick: (now) => {
    store.change({ now });
    phone.tick(now);
  },
  stopped: (from, ms) => phone.stopped(from, ms),
  back: () => phone.back(),
});

await speak(supported([localStorage.getItem(LANGUAGE), ...navigator.languages]));
store.change({ view: window.Twilio ? "signed-out" : "missing", kept: kept() });
document.documentElement.dataset.started = say("language");
