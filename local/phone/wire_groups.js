// Which requests belong together: those of one call with all its legs, or of one text with all its attempts.

const sids = new Map();

export function forgetGroups() {
  sids.clear();
}

// `text`, `call`, `status` for a status callback, or `rest`.
export function kindOf({ direction, parameters: given }) {
  if (direction === "rest") return "rest";
  if (given.MessageStatus || given.RecordingStatus || given.CallbackSource) return "status";
  return given.MessageSid ? "text" : "call";
}

// Returns the group's key, "" for a request that belongs to no call or text. Call it in the order of the wire.
export function groupOf(entry) {
  const sid = sidOf(entry);
  const parent = entry.parameters.ParentCallSid;
  const key = sids.get(parent) ?? sids.get(sid) ?? deliveryOf(entry) ?? parent ?? sid ?? "";
  if (sid && key) sids.set(sid, key);
  return key;
}

function sidOf({ path, parameters: given, response, status }) {
  const own = given.CallSid ?? given.MessageSid ?? path.match(/\/(?:Calls|Messages)\/(\w{34})/)?.[1];
  if (own || (status !== 201 && status !== 0)) return own;
  return response.match(/"sid": ?"((?:CA|SM|MM)[0-9a-f]{32})"/)?.[1];
}

// Twilio gives a failed request no SID. The status callback's `id` is recipient, attempt and command.
function deliveryOf({ parameters: given }) {
  const id = given.StatusCallback?.match(/[?&]id=([0-9a-f]+)\.\d+\.([^&#]+)/);
  return id ? `${id[1]}.${id[2]}` : undefined;
}

// Returns what a group is, from its requests, oldest first.
export function titleOf(entries) {
  const all = Object.assign({}, ...entries.map(({ parameters }) => parameters));
  const first = entries[0].parameters;
  const isCall = entries.some((each) => each.parameters.CallSid || each.path.includes("/Calls"));
  const from = first.From ? `${first.From} ` : "";
  if (!first.To && !first.From) return "Other requests";
  return `${isCall ? "Call" : "Text"} ${from}→ ${first.To ?? ""} ${all.MessageStatus ?? all.CallStatus ?? ""}`.trimEnd();
}
