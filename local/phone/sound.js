// The browser's voice for prompts, and the tones of keys. Both are off at first.

const ROWS = [697, 770, 852, 941];
const COLUMNS = [1209, 1336, 1477];
const KEYS = ["123", "456", "789", "*0#"];
const LOUDNESS = 0.08;
const TONE_SECONDS = 0.14;

let on = false;
let tones;

export const voiceIsOn = () => on;

export function switchVoice(wanted) {
  on = wanted;
  if (!on) window.speechSynthesis?.cancel();
}

// Speaks a prompt, and calls `spoken` at its end.
export function speak(note, spoken) {
  if (!on || !window.speechSynthesis) return;
  const utterance = new SpeechSynthesisUtterance(note.text);
  if (note.language) utterance.lang = note.language;
  utterance.onend = spoken;
  window.speechSynthesis.speak(utterance);
}

export function hush() {
  if (on) window.speechSynthesis?.cancel();
}

export function tone(key) {
  if (!on || !window.AudioContext) return;
  tones ??= new AudioContext();
  const row = KEYS.findIndex((keys) => keys.includes(key));
  for (const frequency of [ROWS[row], COLUMNS[KEYS[row].indexOf(key)]]) sound(frequency);
}

function sound(frequency) {
  const oscillator = tones.createOscillator();
  const gain = tones.createGain();
  gain.gain.value = LOUDNESS;
  oscillator.frequency.value = frequency;
  oscillator.connect(gain).connect(tones.destination);
  oscillator.start();
  oscillator.stop(tones.currentTime + TONE_SECONDS);
}
