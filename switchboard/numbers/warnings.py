"""What works, but is probably not meant: placeholders that would reach callers, and agents without a PIN."""

from __future__ import annotations

import re

from switchboard.numbers.model import Numbers
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems

# Hosts of RFC 2606 and Microsoft's, and the numbers of Twilio's test credentials.
_PLACEHOLDER = r"(?i)\bexample\.(?:com|org|net|edu)\b|\.example\b|\bcontoso\b|\+1500555\d{4}\b"


def warn_of_placeholders(document: object, problems: Problems, path: Path = ()) -> None:
    """Warn of each string that holds an example's host or number."""
    if isinstance(document, dict):
        for key, each in document.items():
            warn_of_placeholders(each, problems, (*path, key))
    elif isinstance(document, list):
        for index, each in enumerate(document):
            warn_of_placeholders(each, problems, (*path, index))
    elif isinstance(document, str) and (found := re.search(_PLACEHOLDER, document)):
        problems.warn(path, "placeholder", f"{found[0]} is only an example", "Write your own.")


def warn_without_pin(numbers: Numbers, problems: Problems) -> None:
    """Warn of agents who are known by their caller ID alone, which can be forged, where that opens a queue."""
    if not any(number.agent_menu for number in numbers.numbers):
        return
    serving = {name for queue in numbers.queues.values() for name in queue.agents}
    for agent in numbers.agents.values():
        if agent.name in serving and agent.number and not agent.pin and agent.may_call_in:
            problems.warn(
                ("agents", agent.name),
                "no-pin",
                "a forged caller ID is enough to take callers from this agent's queues",
                f'Write pin = "${{{re.sub(r"[^A-Z0-9]", "_", agent.name.upper())}_PIN}}".',
            )
