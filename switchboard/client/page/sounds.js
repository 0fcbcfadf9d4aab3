// The SDK's sounds, from this origin: without this option it fetches them from Twilio's host.

const KEYS = [..."0123456789sh"].map((key) => `dtmf${key}`);
const NAMES = ["incoming", "outgoing", "disconnect", ...KEYS];

export const SOUNDS = Object.fromEntries(NAMES.map((name) => [name, new URL(`./${name}.wav`, import.meta.url).href]));
