"""A TwiML document: parsed from an answer, and indented for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

XML = frozenset({"text/xml", "application/xml", "text/html"})


@dataclass
class TwimlError(Exception):
    """A document that cannot be performed: Twilio's code, and the reason."""

    code: int
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


@dataclass
class Element:
    """A verb, a noun or the <Response>. `text` is all the text inside it, without tags."""

    name: str
    attributes: Mapping[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())


def read(content_type: str, text: str) -> Element:
    """Parse an answer. Raises TwimlError: 12300 for another type than XML or audio, 12100 for malformed XML.

    Stricter than Twilio, which reads text/plain aloud: no app wants that.
    """
    if content_type not in XML and not content_type.startswith("audio/"):
        raise TwimlError(12300, f"Invalid Content-Type: {content_type or 'none'} where text/xml is wanted")
    if content_type.startswith("audio/"):
        return Element("Response", {}, [Element("Play", {})])
    return parse(text)


def parse(text: str) -> Element:
    """Parse TwiML. Raises TwimlError 12100."""
    root = _Builder().build(text)
    if root.name != "Response":
        raise TwimlError(12100, f"Document parse failure: the root is <{root.name}>, not <Response>")
    return root


def indent(text: str) -> str:
    """Return TwiML with a line for each element; malformed TwiML is returned unchanged."""
    try:
        root = _Builder().build(text)
    except TwimlError:
        return text
    return "\n".join(_lines(root, 0))


def _lines(element: Element, depth: int) -> Iterator[str]:
    margin = "  " * depth
    tag = element.name + "".join(f" {name}={quoteattr(value)}" for name, value in element.attributes.items())
    text = escape(element.words)
    if not element.children:
        yield f"{margin}<{tag}>{text}</{element.name}>" if text else f"{margin}<{tag}/>"
        return
    yield f"{margin}<{tag}>"
    own = escape(" ".join(element.text.split())) if _is_mixed(element) else ""
    if own:
        yield f"{margin}  {own}"
    for child in element.children:
        yield from _lines(child, depth + 1)
    yield f"{margin}</{element.name}>"


def _is_mixed(element: Element) -> bool:
    """Does the element have text beside that of its children?"""
    return len("".join(element.text.split())) > sum(len("".join(child.text.split())) for child in element.children)


class _Builder:
    """Builds elements from expat's events. A document type is refused: it could define entities."""

    def __init__(self) -> None:
        self._open: list[Element] = []
        self._root: Element | None = None

    def build(self, text: str) -> Element:
        parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(text.strip().encode(), True)
        except expat.ExpatError as error:
            raise TwimlError(12100, f"Document parse failure: {error}") from error
        assert self._root is not None, "expat accepts no document without a root"
        return self._root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = Element(name, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, data: str) -> None:
        for element in self._open:
            element.text += data

    def _doctype(self, *_: object) -> None:
        raise TwimlError(12100, "Document parse failure: a document type is not allowed")
