"""Helpers for Twimlets: an answer, and its comparison as canonical XML with URLs reduced to path and keys."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

from switchboard.form import Form
from switchboard.twimlets import TWIMLETS
from switchboard.twimlets.answer import Answer
from switchboard.twimlets.parameters import Parameters

URLS = ("action", "url", "transcribeCallback", "waitUrl")


def parameters(query: str = "", form: Mapping[str, str] | None = None) -> Parameters:
    """The parameters of a URL's query and a POST's form."""
    return Parameters(Form.parse(query), Form.parse(urlencode(form or {})))


def answer(name: str, query: str = "", **form: str) -> Answer:
    """A Twimlet's answer to a query and a form."""
    answered = TWIMLETS[name].answer(parameters(query, form))
    assert isinstance(answered, Answer)
    return answered


def document(name: str, query: str = "", **form: str) -> str:
    """A Twimlet's TwiML, in the form of `canonical`."""
    return canonical(answer(name, query, **form).document)


def canonical(xml: str) -> str:
    """Canonical XML, with each of our URLs reduced to the last part of its path and its query's keys."""
    root = ElementTree.fromstring(xml)  # noqa: S314  # our own document, or the test's
    for element in root.iter():
        for name in URLS:
            if name in element.attrib:
                element.set(name, _shape(element.attrib[name]))
    return ElementTree.canonicalize(ElementTree.tostring(root, encoding="unicode"))


def _shape(url: str) -> str:
    parts = urlsplit(url)
    keys = [key for key, _ in parse_qsl(parts.query, keep_blank_values=True)]
    return f"{parts.path.rpartition('/')[2]}?{'&'.join(keys)}"


def urls(xml: str, name: str) -> list[tuple[str, dict[str, str]]]:
    """Each URL in attributes with this name: its path, and its parameters."""
    found = [element.attrib[name] for element in ElementTree.fromstring(xml).iter() if name in element.attrib]  # noqa: S314
    parts = [urlsplit(url) for url in found]
    return [(each.path, dict(parse_qsl(each.query, keep_blank_values=True))) for each in parts]
