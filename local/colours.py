"""What a call or text came to, in colours where there is a terminal for them."""

from __future__ import annotations

from typing import TextIO

from rich.console import Console
from rich.text import Text

RULES = (
    (r"^(?:GET|POST) \S+.*$", "bold"),
    (r"</?[A-Za-z]+|(?<=\")/?>|/?>(?=<|$)|/>", "cyan"),
    (r"(?<= )[A-Za-z]+(?==\")", "yellow"),
    (r"\"[^\"\n]*\"", "green"),
    (r"^  → .*$", "bold magenta"),
    (r"^  ! .*$", "bold red"),
)


def paint(transcript: str) -> Text:
    """Requests bold, TwiML by its parts, and what it means apart from what is wrong with it."""
    text = Text(transcript)
    for pattern, style in RULES:
        text.highlight_regex(f"(?m){pattern}", style)
    return text


def output(file: TextIO | None = None) -> Console:
    """Standard output, or a file: plain where it is no terminal or NO_COLOR is set, and never broken into lines."""
    return Console(file=file, soft_wrap=True, highlight=False)
