"""Colours for the transcript of a call or text, where the output is a terminal."""

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
    """Style requests, the parts of TwiML, sentences about it, and problems."""
    text = Text(transcript)
    for pattern, style in RULES:
        text.highlight_regex(f"(?m){pattern}", style)
    return text


def output(file: TextIO | None = None) -> Console:
    """Return a console for standard output or a file: plain without a terminal or with NO_COLOR, and never wrapped."""
    return Console(file=file, soft_wrap=True, highlight=False)
