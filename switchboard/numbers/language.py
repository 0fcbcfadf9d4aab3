"""Languages and time zones that a file may name."""

from __future__ import annotations

from switchboard import prompts
from switchboard.numbers.hours import zone_of
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems, nearest


def check_language(tag: str, path: Path, problems: Problems) -> str:
    """The tag, or "" for one that there are no sentences for."""
    if not tag or is_language(tag):
        return tag
    write = f"Write {', '.join(prompts.LANGUAGES)}, or a tag of theirs, as pt-BR."
    problems.add(path, "wrong-value", f'there are no sentences for "{tag}"', write)
    return ""


def check_time_zone(name: str, path: Path, problems: Problems) -> str:
    """The name, or "" for one that is no IANA time zone."""
    if not name:
        return ""
    try:
        zone_of(name)
    except ValueError:
        problems.add(path, "wrong-value", f'"{name}" is not an IANA time zone', _like(name))
        return ""
    return name


def is_language(tag: str) -> bool:
    """Whether there are sentences for a language tag."""
    return tag.split("-")[0].lower() in prompts.LANGUAGES


def _like(name: str) -> str:
    from zoneinfo import available_timezones

    close = nearest(name, available_timezones())
    return f'Write "{close}".' if close else 'Write "Europe/Lisbon", for example.'
