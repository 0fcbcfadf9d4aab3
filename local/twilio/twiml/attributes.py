"""Attributes as the interpreter reads them: Twilio's defaults where they are absent or make no sense."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urljoin

from local.twilio import numbers
from local.twilio.addresses import normalise
from local.twilio.records import Fetch
from local.twilio.twiml.document import Element


def whole(verb: Element, name: str, default: int) -> int:
    """A whole number."""
    number_given = numbers.whole(verb.attributes.get(name, ""))
    return default if number_given is None else number_given


def method(verb: Element, name: str = "method") -> str:
    """GET or POST; POST unless GET is asked for."""
    return "GET" if verb.attributes.get(name, "").upper() == "GET" else "POST"


def flag(verb: Element, name: str, *, default: bool) -> bool:
    """`true` or `false`, in any case."""
    given = verb.attributes.get(name, "").lower()
    return given == "true" if given in ("true", "false") else default


def number(verb: Element, name: str) -> str:
    """A phone number, "" when absent."""
    return normalise(verb.attributes.get(name, ""))


def link(verb: Element, url: str, name: str) -> str:
    """An absolute URL, "" when absent."""
    return resolve(url, verb.attributes[name]) if verb.attributes.get(name) else ""


def events(verb: Element, name: str) -> frozenset[str]:
    """Words of a status callback's event attribute; `completed` alone when there are none."""
    return frozenset(verb.attributes.get(name, "completed").split())


def resolve(url: str, reference: str) -> str:
    """A reference, seen from the document's own URL; an empty one is that URL itself."""
    return urljoin(url, reference.strip()) if reference.strip() else url


def fetch(verb: Element, url: str, parameters: Mapping[str, str]) -> Fetch:
    """What a verb's `action` asks for; without one, this document's own URL again."""
    return Fetch(url=resolve(url, verb.attributes.get("action", "")), method=method(verb), parameters=parameters)
