"""What XML can hold, and whether a text is TwiML: well-formed, with a Response root, and hiding nothing."""

from __future__ import annotations

import re
from xml.parsers import expat

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NotTwiml(ValueError):
    """A text is not TwiML; the message says why and holds nothing of it. `value` is the root's name if that is why."""

    def __init__(self, problem: str, value: str | None = None) -> None:
        super().__init__(problem)
        self.value = value


def check_twiml(text: str) -> None:
    """Raise NotTwiml unless it is. A document type is refused: its entities could stand for anything."""
    parser = expat.ParserCreate()
    roots: list[str] = []
    parser.StartElementHandler = lambda name, _: roots.append(name)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise NotTwiml(f"not well-formed: line {error.lineno}, column {error.offset + 1}") from error
    if roots[0] != "Response":
        raise NotTwiml("its root is not Response", roots[0])


def _refuse_doctype(*_: object) -> None:
    raise NotTwiml("a document type is not allowed")
