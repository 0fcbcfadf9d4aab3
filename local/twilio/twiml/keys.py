"""Interprets the keys that a caller presses during a Gather."""

from __future__ import annotations

from local.twilio.twiml.verbs import Gather, Input


def is_complete(verb: Gather, pressed: str) -> bool:
    """Is the input complete, by `finishOnKey` or `numDigits`?"""
    given = collect(verb, pressed)
    return bool(given.finished_on) or (verb.most_digits > 0 and len(given.digits) == verb.most_digits)


def collect(verb: Gather, pressed: str) -> Input:
    """Return the digits up to `finishOnKey`, at most `numDigits`. Later keys are discarded."""
    digits = ""
    for key in pressed:
        if key in verb.finish_on_key:
            return Input(digits=digits, finished_on=key)
        digits += key
        if len(digits) == verb.most_digits:
            break
    return Input(digits=digits)
