"""flows.py as an operator has it: loaded here, and compared with numbers.toml."""

from __future__ import annotations

from pathlib import Path

from switchboard.errors import FlowFailed
from switchboard.numbers import Numbers
from switchboard.services import NUMBERS_FILE


def flow_mistakes(numbers: Numbers, numbers_file: Path | None) -> list[str]:
    """Returns what is wrong with the flows.py beside a numbers.toml, and each flow that it does not register."""
    from switchboard.flows.loading import load
    from switchboard.flows.references import absent

    try:
        registry = load((numbers_file or NUMBERS_FILE).with_name("flows.py"))
    except FlowFailed as failed:
        return [str(failed)]
    return [f"flows.py: numbers.toml names the {flow}, and it is not registered" for flow in absent(registry, numbers)]
