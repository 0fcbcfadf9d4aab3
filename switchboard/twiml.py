"""TwiML documents: what XML can hold, whether a text is TwiML, and the document of a call that only speaks."""

from __future__ import annotations

import re
from xml.parsers import expat

from twilio.twiml.voice_response import VoiceResponse

from switchboard.twiml_writer import document

_DECLARATION = r"""(?P<before>\ufeff?<\?xml\s+version\s*=\s*(["']).*?\2)\s+encoding\s*=\s*(["'])(?P<encoding>.*?)\3"""


class NotTwiml(ValueError):
    """A text is not TwiML. The message gives the reason; `value` is the root's name where that is the reason."""

    def __init__(self, problem: str, value: str | None = None) -> None:
        super().__init__(problem)
        self.value = value


def check_twiml(text: str) -> None:
    """Raises NotTwiml unless the text is well-formed XML with the root `Response` and without a document type.

    A document type could define entities that expand without limit.
    """
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


def as_utf8(text: str) -> str:
    """Returns a checked document without the declaration of an encoding that it is not sent in.

    All that Switchboard sends is UTF-8: Twilio could not parse it as anything else. A declaration of UTF-8 stays.

    >>> as_utf8('<?xml version="1.0" encoding="utf-16"?><Response/>')
    '<?xml version="1.0"?><Response/>'
    """
    declared = re.match(_DECLARATION, text)
    if declared is None or declared["encoding"].lower() == "utf-8":
        return text
    return declared["before"] + text[declared.end() :]


def say(text: str, language: str = "", voice: str = "") -> str:
    """Returns the TwiML of a call that speaks a text and ends: the `say` of a command."""
    response = VoiceResponse()
    response.say(text, language=language or None, voice=voice or None)
    return document(response)


def _refuse_doctype(*_: object) -> None:
    raise NotTwiml("a document type is not allowed")
