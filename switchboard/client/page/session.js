// The person's sign-in and the access token that Twilio wants. The key stays in memory, or in this tab if the person asks.

const TOKEN_URL = new URL("./token", import.meta.url);
const KEPT = "switchboard-sign-in";
const ANSWER_MS = 15_000;

// The server does not give a token. `code` is its own, or "unreachable"; `sentence` is in the server's words.
export class Refusal extends Error {
  constructor(code, sentence = "", seconds = 0) {
    super(sentence || code);
    Object.assign(this, { code, sentence, seconds });
  }

  // The key is not accepted any more: asking again cannot help.
  get isFinal() {
    return this.code === "wrong_key" || this.code === "bad_request";
  }
}

export class Session {
  #person = null; // {agent, key}, a new object for each sign-in
  #expires = 0;
  #asking = null;
  token = "";

  async signIn(agent, key) {
    this.end();
    this.#person = { agent, key };
    return this.renew();
  }

  // Asks for a new token; several who ask at once share one request.
  renew() {
    this.#asking ??= this.#ask(this.#person);
    return this.#asking;
  }

  // Makes sure that the token lives this long.
  async fresh(ms) {
    if (this.left() < ms) await this.renew();
  }

  // How long the token lives, in ms; below zero when its time is over.
  left() {
    return this.#expires - Date.now();
  }

  // Twilio does not accept the token, whatever its time.
  discard() {
    this.#expires = 0;
  }

  keep() {
    sessionStorage.setItem(KEPT, JSON.stringify(this.#person));
  }

  end() {
    sessionStorage.removeItem(KEPT);
    [this.#person, this.#asking, this.token, this.#expires] = [null, null, "", 0];
  }

  async #ask(person) {
    const asked = Date.now();
    const answer = await request(person).catch((refusal) => refusal);
    // The person has signed out meanwhile, and perhaps another one in: neither token nor refusal is theirs.
    if (person !== this.#person) throw new Refusal("signed_out");
    this.#asking = null;
    if (answer instanceof Error) throw answer;
    this.token = answer.token;
    this.#expires = asked + answer.expires_in * 1000;
    return answer;
  }
}

export function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? null;
  } catch {
    return null;
  }
}

async function request(body) {
  let response;
  try {
    response = await fetch(TOKEN_URL, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  } catch {
    throw new Refusal("unreachable");
  }
  const answer = await response.json().catch(() => ({}));
  if (response.ok && answer.token) return answer;
  // A proxy may write a date here: then the page's own pace holds.
  const seconds = Number(response.headers.get("Retry-After")) || 0;
  throw new Refusal(answer.code ?? `http_${response.status}`, answer.error, seconds);
}
