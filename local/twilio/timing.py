"""How many simulated seconds a prompt takes."""

from __future__ import annotations

from local.twilio.twiml.steps import Pause, Prompt, Say

SECONDS_A_WORD = 0.4
SECONDS_A_SOUND = 10
ENDLESS = 60


def length(prompt: Prompt) -> float:
    """Seconds: a sound's true length is not known here, and an endless prompt counts as many repetitions."""
    if isinstance(prompt, Pause):
        return prompt.seconds
    once = SECONDS_A_WORD * len(prompt.text.split()) if isinstance(prompt, Say) else SECONDS_A_SOUND
    return once * (prompt.times or ENDLESS)
