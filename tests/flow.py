"""A caller in the default call flow: what a step is told, and how what it answers is read."""

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
NOBODY_TO_DIAL = msgspec.structs.replace(FLOW, operator="")
STRANGER = IncomingCall(
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


def call(**told: object) -> IncomingCall:
    """A stranger's call, at a step that is told these things."""
    return msgspec.structs.replace(STRANGER, **told)


def read(document: str) -> Element:
    """A TwiML document; it is well-formed and has the root that Twilio wants."""
    root = ElementTree.fromstring(document)  # noqa: S314  # our own document
    assert root.tag == "Response"
    return root


def verbs(document: str) -> list[str]:
    """The verbs at the top of a document, in order."""
    return [verb.tag for verb in read(document)]


def said(document: str) -> list[str]:
    """Every sentence that is spoken, within a Gather too, or texted back."""
    return [verb.text or "" for verb in read(document).iter() if verb.tag in ("Say", "Message")]


def only(document: str, tag: str) -> Element:
    """The one verb or noun of this name."""
    (found,) = read(document).iter(tag)
    return found
