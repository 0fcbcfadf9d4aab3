"""A TwiML document: read from an answer, checked against what Twilio knows, and written out for reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from local.twilio.twiml.grammar import Grammar

XML = frozenset({"text/xml", "application/xml", "text/html"})


@dataclass
class TwimlError(Exception):
    """An answer that cannot be performed: Twilio's code and what is wrong."""

    code: int
    message: str

    def __str__(self) -> str:
        return f"{self.code} {self.message}"


@dataclass
class Element:
    """A verb, a noun or the Response around them. `text` is all the text inside it, tags left out."""

    name: str
    attributes: Mapping[str, str]
    children: list[Element] = field(default_factory=list)
    text: str = ""

    @property
    def words(self) -> str:
        """The text as it is spoken or dialled: white space made single."""
        return " ".join(self.text.split())


def read(content_type: str, text: str) -> Element:
    """Read an answer. Raises TwimlError: 12300 for what is not declared as XML, 12100 for what is not well-formed.

    Stricter than Twilio, which would read text/plain aloud: no app means that.
    """
    if content_type not in XML and not content_type.startswith("audio/"):
        raise TwimlError(12300, f"Invalid Content-Type: {content_type or 'none'} where text/xml is wanted")
    if content_type.startswith("audio/"):
        return Element("Response", {}, [Element("Play", {})])
    return parse(text)


def parse(text: str) -> Element:
    """Read TwiML. Raises TwimlError 12100."""
    root = _Builder().build(text)
    if root.name != "Response":
        raise TwimlError(12100, f"Document parse failure: the root is <{root.name}>, not <Response>")
    return root


def check(root: Element, grammar: Grammar) -> list[str]:
    """What Twilio's debugger would warn of: 12200 with each verb, noun or attribute that it does not know."""
    return list(_warnings(root, grammar))


def indent(text: str) -> str:
    """TwiML with a line for each element; what cannot be read comes back as it is."""
    try:
        root = _Builder().build(text)
    except TwimlError:
        return text
    return "\n".join(_lines(root, 0))


def _warnings(element: Element, grammar: Grammar) -> Iterator[str]:
    rule = grammar[element.name]
    for name in element.attributes:
        if name not in rule.attributes:
            yield f"12200 Schema validation warning: <{element.name}> has no attribute {name}"
    for child in element.children:
        if child.name not in rule.children:
            yield f"12200 Schema validation warning: <{child.name}> is not known in <{element.name}>"
        elif child.name in grammar:
            yield from _warnings(child, grammar)


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
    """Has it words of its own beside those of its children?"""
    return len("".join(element.text.split())) > sum(len("".join(child.text.split())) for child in element.children)


class _Builder:
    """Builds elements from expat's events; a document type, which could hide anything, is refused."""

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
