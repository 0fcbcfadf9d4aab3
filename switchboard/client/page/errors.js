// What the SDK's error codes mean for the person: the key of a sentence that says what to do.

const SENTENCES = {
  20101: "error_token",
  20104: "error_expired",
  20151: "error_token",
  31000: "error_connection",
  31003: "error_connection",
  31005: "error_connection",
  31009: "error_connection",
  31201: "error_token",
  31202: "error_token",
  31204: "error_token",
  31205: "error_expired",
  31206: "error_rate",
  31401: "error_microphone_refused",
  31402: "error_microphone_failed",
  31404: "error_nobody",
  31480: "error_unavailable",
  31486: "error_busy",
  31603: "error_declined",
  53000: "error_connection",
  53001: "error_connection",
  53400: "error_media",
  53402: "error_media",
  53405: "error_media",
};

export const sentenceOf = (code) => SENTENCES[code] ?? "error_other";

// The token was not accepted, or its time is over: a new one is needed.
export const isAboutToken = (code) => ["error_token", "error_expired"].includes(sentenceOf(code));

// It ends by itself when the SDK is connected again.
export const isAboutConnection = (code) => sentenceOf(code) === "error_connection";
