"""The nouns of <Dial>."""

from __future__ import annotations

from local.twilio.addresses import normalise
from local.twilio.records import Fetch
from local.twilio.twiml.attributes import events, flag, link, method
from local.twilio.twiml.document import Element
from local.twilio.twiml.verbs import Target

NOUNS = frozenset({"Application", "Client", "Conference", "Number", "Queue", "Sim", "Sip", "WhatsApp"})


def targets(dial: Element, url: str) -> tuple[Target, ...]:
    """Return the targets of a Dial in their order, or the number in its text."""
    nouns = [child for child in dial.children if child.name in NOUNS]
    if nouns:
        return tuple(_target(noun, url) for noun in nouns)
    return (Target(kind="Number", address=normalise(dial.words)),) if dial.words else ()


def _target(noun: Element, url: str) -> Target:
    whisper = link(noun, url, "url")
    return Target(
        kind=noun.name,
        address=_address(noun),
        whisper=Fetch(url=whisper, method=method(noun)) if whisper else None,
        parameters=_parameters(noun),
        status_callback=link(noun, url, "statusCallback"),
        status_callback_method=method(noun, "statusCallbackMethod"),
        status_callback_events=events(noun, "statusCallbackEvent"),
        wait=_wait(noun, url),
        starts=flag(noun, "startConferenceOnEnter", default=True),
        ends=flag(noun, "endConferenceOnExit", default=False),
    )


def _parameters(noun: Element) -> dict[str, str]:
    """Return the <Parameter> elements of a <Client>. https://www.twilio.com/docs/voice/twiml/client"""
    given = [child.attributes for child in noun.children if child.name == "Parameter"]
    return {each["name"]: each.get("value", "") for each in given if each.get("name")}


def _wait(noun: Element, url: str) -> Fetch | None:
    wait = link(noun, url, "waitUrl")
    return Fetch(url=wait, method=method(noun, "waitMethod")) if wait else None


def _address(noun: Element) -> str:
    """Return a number in E.164; a client's identity, from its text or its <Identity>, with the prefix `client:`."""
    if noun.name == "Client":
        identity = next((child.words for child in noun.children if child.name == "Identity"), noun.words)
        return f"client:{identity}"
    if noun.name == "WhatsApp":
        return f"whatsapp:{normalise(noun.words)}"
    return normalise(noun.words) if noun.name == "Number" else noun.words
