"""A caller in the default call flow: the input of a step, and helpers that read its answer."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import msgspec

from switchboard.settings import Settings
from switchboard.urls import status_url
from switchboard.voice.call_flow import CallFlow
from switchboard.webhooks import IncomingCall

OPERATOR = "+15005550009"
CALLER = "+15005550010"
BLOCKED = "+15005550666"
SETTINGS = Settings(
    account_sid="AC" + "0" * 32,
    public_origin="https://voice.example.com",
    operator_number=OPERATOR,
    blocked_callers=frozenset({BLOCKED}),
)
FLOW = CallFlow.from_settings(SETTINGS, status_url(SETTINGS.public_origin, "recording"))
WITHOUT_OPERATOR = msgspec.structs.replace(FLOW, operator="")
ANY_CALL = IncomingCall(
    sid="CA1",
    caller=CALLER,
    called="+15005550001",
    direction="inbound",
    digits="",
    speech="",
    tries=0,
    dial_status="",
    queue_result="",
    queue_position=0,
    queue_seconds=0,
)


def call(**fields: object) -> IncomingCall:
    """A call at a step, with these fields."""
    return msgspec.structs.replace(ANY_CALL, **fields)


def read(document: str) -> Element:
    """A TwiML document, which is well-formed and has the root that Twilio requires."""
    root = ElementTree.fromstring(document)  # noqa: S314  # our own document
    assert root.tag == "Response"
    return root


def verbs(document: str) -> list[str]:
    """The top-level verbs of a document, in order."""
    return [verb.tag for verb in read(document)]


def sentences(document: str) -> list[str]:
    """Every sentence that is spoken, also within a Gather, or texted."""
    return [verb.text or "" for verb in read(document).iter() if verb.tag in ("Say", "Message")]


def only(document: str, tag: str) -> Element:
    """The only verb or noun with this name."""
    (found,) = read(document).iter(tag)
    return found
