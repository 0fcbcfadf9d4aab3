"""What Twilio posts, a file for each webhook: parameter names and values as Twilio's documentation lists them.

Files are `<name>.json`: `path`, the route it goes to with its query, and `form`, the parameters.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


@dataclass(frozen=True)
class Payload:
    """One webhook: path and query, and the form."""

    path: str
    form: dict[str, str]


def read(name: str, **changed: str) -> Payload:
    """The webhook of this name, with some of its parameters changed."""
    recorded = json.loads((FOLDER / f"{name}.json").read_text())
    return Payload(recorded["path"], recorded["form"] | changed)
