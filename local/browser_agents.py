"""The agents who can sign in to the softphone on this machine, and their keys when they are new."""

from __future__ import annotations

from pathlib import Path

from local.local_secrets import missing_keys
from switchboard.numbers import Numbers


def softphone_lines(app_url: str, numbers: Numbers, secrets_file: Path) -> list[str]:
    """Make the keys that are missing. Return what the terminal shows: the page, and each agent with a new key
    or the command that makes one.

    Raises LocalError.
    """
    agents = [agent.name for agent in numbers.agents.values() if agent.client]
    made = missing_keys(secrets_file, agents)
    page = f"{app_url}/api/client for calls in the browser: {', '.join(agents) or 'no agent has a client'}"
    shown = [f"agent {name}, key {key} (shown once)" for name, key in made.items()]
    kept = [name for name in agents if name not in made]
    return [
        page,
        *shown,
        *(f"agent {name} keeps its key; a new one: ./sb ops agents key {name} --local" for name in kept),
    ]
