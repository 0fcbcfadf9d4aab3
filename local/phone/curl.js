// A request on the wire as a command for a POSIX shell. A webhook has its signature: it is good for this stack only.

const LINE_END = " \\\n  ";

// Returns the text as one word of a shell, whatever it contains.
export const quoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

// `app` and `twilio` are the origins of the two servers, `account` is the account's SID.
export function toCurl(entry, { app, twilio, account }) {
  const isWebhook = entry.direction === "webhook";
  const credentials = isWebhook ? signature(entry) : [`--user "${account}:$TWILIO_AUTH_TOKEN"`];
  return [
    `curl --globoff --request ${entry.method}`,
    quoted(`${isWebhook ? app : twilio}${entry.path}`),
    ...credentials,
    // The parameters of a GET are in its path.
    ...(entry.method === "GET" ? [] : Object.entries(entry.parameters).flatMap(field)),
  ].join(LINE_END);
}

const signature = (entry) => (entry.signature ? [`--header ${quoted(`X-Twilio-Signature: ${entry.signature}`)}`] : []);
const field = ([name, value]) =>
  [value].flat().map((each) => `--data-urlencode ${quoted(`${encodeURIComponent(name)}=${each}`)}`);
