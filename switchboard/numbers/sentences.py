"""[sentences.xx]: a team's own words for the product's sentences."""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any

from switchboard import prompts
from switchboard.numbers.conversion import shown
from switchboard.numbers.language import is_language
from switchboard.numbers.positions import Path
from switchboard.numbers.problems import Problems, choices, nearest
from switchboard.numbers.substitution import Missing
from switchboard.prompts import Prompts


def read_sentences(raw: Mapping[str, Any], problems: Problems) -> dict[str, dict[str, str]]:
    """The good sentences by language and name; for each of the others the product's own stays."""
    found = {}
    for tag, each in raw.items():
        path = ("sentences", tag)
        if not is_language(tag):
            write = f"Write [sentences.{nearest(tag, prompts.LANGUAGES) or 'en'}]: {', '.join(prompts.LANGUAGES)}."
            problems.add(path, "unknown-name", f'there are no sentences for "{tag}"', write)
        elif not isinstance(each, dict):
            problems.add(path, "wrong-type", f"{shown(each)} where a table is expected", f"Write [sentences.{tag}].")
        else:
            own = prompts.find(tag) or prompts.english()
            found[tag] = {name: text for name, text in each.items() if _holds(name, text, own, (*path, name), problems)}
    return found


def _holds(name: str, text: object, own: Prompts, path: Path, problems: Problems) -> bool:
    if isinstance(text, Missing):
        return False
    if name not in prompts.NAMES:
        close = nearest(name, prompts.NAMES)
        write = f'Write "{close}".' if close else f"Known: {choices(prompts.NAMES)}."
        problems.add(path, "unknown-field", "there is no such sentence", write)
    elif not isinstance(text, str) or not text.strip():
        problems.add(path, "wrong-type", f"{shown(text)} where a text is expected", f'Write {name} = "…".')
    elif wrong := _wrong_blank(text, getattr(own, name)):
        known = ", ".join(f"{{{blank}}}" for blank in sorted(_blanks(getattr(own, name)))) or "none"
        problems.add(path, "wrong-value", wrong, f"What is filled in here: {known}. Write {{{{ for a brace.")
    else:
        return True
    return False


def _wrong_blank(text: str, own: str) -> str:
    """What would fail while a caller listens: a blank that nothing fills in, or a brace alone."""
    try:
        unknown = _blanks(text) - _blanks(own)
    except ValueError:
        return "a brace without the other"
    return f"nothing fills in {{{sorted(unknown)[0]}}}" if unknown else ""


def _blanks(text: str) -> set[str]:
    """The names in braces, with format and conversion if they have any: those are never right."""
    return {
        name + (f"!{conversion}" if conversion else "") + (f":{layout}" if layout else "")
        for _, name, layout, conversion in string.Formatter().parse(text)
        if name is not None
    }
