"""Steps in plain words, for a person who reads what a call does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.twilio.twiml.steps import (
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
    Step,
    Target,
    Text,
    Unsupported,
)


def describe(step: Step) -> str:
    """One sentence, without its full stop: `says: Hello.`, `waits 5 s for 1 digit`."""
    return _WORDS[type(step)](step)


def hears(prompt: Prompt) -> tuple[str, str, str]:
    """A prompt as somebody hears it: its kind (`say`, `play` or `pause`), the words for it, and their language."""
    if isinstance(prompt, Say):
        return "say", prompt.text, prompt.language
    if isinstance(prompt, Pause):
        return "pause", f"{prompt.seconds} s of silence", ""
    return "play", f"the tones of {prompt.digits}" if prompt.digits else prompt.url, ""


def party(target: Target) -> str:
    """Whom a Dial's noun means: a number, `the queue support`, `the conference Room`."""
    if target.kind in ("Queue", "Conference"):
        return f"the {target.kind.lower()} {target.address}"
    return target.address


def _say(step: Say) -> str:
    return f"says{_times(step.times)}: {step.text}"


def _play(step: Play) -> str:
    return f"plays the tones of {step.digits}" if step.digits else f"plays{_times(step.times)}: {step.url}"


def _times(times: int) -> str:
    if times == 1:
        return ""
    return f" {times} times" if times else " again and again"


def _gather(step: Gather) -> str:
    wanted = []
    if "dtmf" in step.accepts:
        wanted.append(f"{step.most_digits} digit{'s' * (step.most_digits != 1)}" if step.most_digits else "digits")
    if "speech" in step.accepts:
        wanted.append("speech")
    ended = f", ended by {step.finish_on_key}" if step.finish_on_key and step.most_digits != 1 else ""
    return f"waits {step.seconds} s for {' or '.join(wanted)}{ended}"


def _record(step: Record) -> str:
    beep = "beeps and records" if step.beep else "records"
    return f"{beep} for up to {step.most_seconds} s"


def _dial(step: Dial) -> str:
    whom = (", then " if step.sequential else " and ").join(party(target) for target in step.targets)
    return f"dials {whom or 'nobody'} for up to {step.seconds} s"


def _text(step: Text) -> str:
    to = f" to {step.to}" if step.to else ""
    return f"texts{to}: {step.body}" + (f" (with {', '.join(step.media)})" if step.media else "")


_WORDS: dict[type, Callable[[Any], str]] = {
    Say: _say,
    Play: _play,
    Pause: lambda step: f"is silent for {step.seconds} s",
    Gather: _gather,
    Record: _record,
    Dial: _dial,
    Enqueue: lambda step: f"puts the caller in the queue {step.queue}",
    Text: _text,
    Redirect: lambda step: f"goes on at {step.url}",
    Reject: lambda step: f"rejects the call ({step.reason})",
    Hangup: lambda _: "hangs up",
    Leave: lambda _: "lets the caller leave the queue",
    Unsupported: lambda step: f"<{step.verb}> is not acted out here",
}
