"""Reads the attributes of verbs and nouns, with Twilio's defaults for absent and invalid ones."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from local.twilio import numbers
from local.twilio.addresses import normalise
from local.twilio.records import Fetch
from local.twilio.twiml.document import Element


def whole(element: Element, name: str, default: int) -> int:
    """Return a whole number."""
    number_given = numbers.whole(element.attributes.get(name, ""))
    return default if number_given is None else number_given


def method(element: Element, name: str = "method") -> str:
    """Return GET or POST, POST by default."""
    return "GET" if element.attributes.get(name, "").upper() == "GET" else "POST"


def flag(element: Element, name: str, *, default: bool) -> bool:
    """Return a boolean, written in upper or lower case."""
    given = element.attributes.get(name, "").lower()
    return given == "true" if given in ("true", "false") else default


def number(element: Element, name: str) -> str:
    """Return a phone number, "" when absent."""
    return normalise(element.attributes.get(name, ""))


def link(element: Element, url: str, name: str) -> str:
    """Return an absolute URL, "" when absent."""
    return resolve(url, element.attributes[name]) if element.attributes.get(name) else ""


def events(element: Element, name: str) -> frozenset[str]:
    """Return the words of a status callback's event attribute; `completed` alone by default."""
    return frozenset(element.attributes.get(name, "completed").split())


def resolve(url: str, reference: str) -> str:
    """Resolve a reference against the document's URL; an empty one is that URL itself."""
    return urljoin(url, reference.strip()) if reference.strip() else url


def fetch(element: Element, url: str, parameters: Mapping[str, str]) -> Fetch:
    """Return the request to a verb's `action`, by default the document's own URL."""
    return Fetch(url=resolve(url, element.attributes.get("action", "")), method=method(element), parameters=parameters)
