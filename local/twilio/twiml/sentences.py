"""Verbs as sentences, for the transcript of a call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.twilio.twiml.verbs import (
    Dial,
    Enqueue,
    Gather,
    Hangup,
    Leave,
    Pause,
    Play,
    Prompt,
    Record,
    Redirect,
    Reject,
    Say,
    Target,
    Text,
    Unsupported,
    Verb,
)


def describe(verb: Verb) -> str:
    """Return a sentence without a full stop: `says: Hello.`, `waits 5 s for 1 digit`."""
    return _WORDS[type(verb)](verb)


def as_heard(prompt: Prompt) -> tuple[str, str, str]:
    """Return a prompt for the caller's screen: its kind (`say`, `play` or `pause`), its text, and the language."""
    if isinstance(prompt, Say):
        return "say", prompt.text, prompt.language
    if isinstance(prompt, Pause):
        return "pause", f"{prompt.seconds} s of silence", ""
    return "play", f"the tones of {prompt.digits}" if prompt.digits else prompt.url, ""


def party(target: Target) -> str:
    """Name a Dial's target: a number, `the queue support`, `the conference Room`."""
    if target.kind in ("Queue", "Conference"):
        return f"the {target.kind.lower()} {target.address}"
    return target.address


def _say(verb: Say) -> str:
    return f"says{_times(verb.times)}: {verb.text}"


def _play(verb: Play) -> str:
    return f"plays the tones of {verb.digits}" if verb.digits else f"plays{_times(verb.times)}: {verb.url}"


def _times(times: int) -> str:
    if times == 1:
        return ""
    return f" {times} times" if times else " again and again"


def _gather(verb: Gather) -> str:
    wanted = []
    if "dtmf" in verb.accepts:
        wanted.append(f"{verb.most_digits} digit{'s' * (verb.most_digits != 1)}" if verb.most_digits else "digits")
    if "speech" in verb.accepts:
        wanted.append("speech")
    ended = f", ended by {verb.finish_on_key}" if verb.finish_on_key and verb.most_digits != 1 else ""
    return f"waits {verb.seconds} s for {' or '.join(wanted)}{ended}"


def _record(verb: Record) -> str:
    beep = "beeps and records" if verb.beep else "records"
    return f"{beep} for up to {verb.most_seconds} s"


def _dial(verb: Dial) -> str:
    targets = (", then " if verb.sequential else " and ").join(party(target) for target in verb.targets)
    return f"dials {targets or 'nobody'} for up to {verb.seconds} s"


def _text(verb: Text) -> str:
    to = f" to {verb.to}" if verb.to else ""
    return f"texts{to}: {verb.body}" + (f" (with {', '.join(verb.media)})" if verb.media else "")


_WORDS: dict[type, Callable[[Any], str]] = {
    Say: _say,
    Play: _play,
    Pause: lambda verb: f"is silent for {verb.seconds} s",
    Gather: _gather,
    Record: _record,
    Dial: _dial,
    Enqueue: lambda verb: f"puts the caller in the queue {verb.queue}",
    Text: _text,
    Redirect: lambda verb: f"goes on at {verb.url}",
    Reject: lambda verb: f"rejects the call ({verb.reason})",
    Hangup: lambda _: "hangs up",
    Leave: lambda _: "takes the caller out of the queue",
    Unsupported: lambda verb: f"<{verb.name}> is not simulated here",
}
