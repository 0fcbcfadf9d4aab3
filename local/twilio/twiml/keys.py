"""What a Gather or a Record makes of the keys pressed."""

from __future__ import annotations

from local.twilio.twiml.steps import Gather, Input


def is_complete(question: Gather, pressed: str) -> bool:
    """Was the finishing key pressed, or the last of the digits wanted?"""
    given = collect(question, pressed)
    return bool(given.finished_on) or (question.most_digits > 0 and len(given.digits) == question.most_digits)


def collect(question: Gather, pressed: str) -> Input:
    """The digits up to the key that finishes, or as many as are wanted; keys after that are lost."""
    digits = ""
    for key in pressed:
        if key in question.finish_on_key:
            return Input(digits=digits, finished_on=key)
        digits += key
        if len(digits) == question.most_digits:
            break
    return Input(digits=digits)
