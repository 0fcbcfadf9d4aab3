"""The simulated duration of prompts."""

from __future__ import annotations

from local.twilio.twiml.verbs import Pause, Prompt, Say

SECONDS_A_WORD = 0.4
SECONDS_A_SOUND = 10
ENDLESS = 60


def length(prompt: Prompt) -> float:
    """Estimate a prompt's seconds. A sound counts SECONDS_A_SOUND, an endless prompt ENDLESS repetitions."""
    if isinstance(prompt, Pause):
        return prompt.seconds
    once = SECONDS_A_WORD * len(prompt.text.split()) if isinstance(prompt, Say) else SECONDS_A_SOUND
    return once * (prompt.times or ENDLESS)
