"""The plain way of a webhook: the library's validator, and the same TwiML by the library's classes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree import ElementTree

import azure.functions as func
from azure.functions.meta import Datum
from twilio.request_validator import RequestValidator
from twilio.twiml import TwiML, messaging_response, voice_response

Http = Callable[[Datum], Datum]


@dataclass(frozen=True)
class Node:
    """One element of a document: the library's class, its arguments, and the elements inside."""

    kind: Callable[..., TwiML]
    content: tuple[str, ...]
    attributes: dict[str, str]
    inside: tuple[Node, ...]

    @classmethod
    def of(cls, element: ElementTree.Element, *, is_message: bool) -> Node:
        """Reads a document that the app answered with."""
        library = messaging_response if is_message else voice_response
        root = "MessagingResponse" if is_message else "VoiceResponse"
        kind = getattr(library, root if element.tag == "Response" else element.tag)
        inside = tuple(cls.of(each, is_message=is_message) for each in element)
        attributes = {_argument(name): value for name, value in element.attrib.items()}
        return cls(kind, (element.text,) if element.text else (), attributes, inside)

    def build(self) -> TwiML:
        """Builds it anew, as a handler does for each webhook."""
        node = self.kind(*self.content, **self.attributes)
        for each in self.inside:
            node.append(each.build())
        return node


def _argument(attribute: str) -> str:
    """Returns the library's name of an attribute: `action_on_empty_result` for actionOnEmptyResult."""
    return re.sub("(?=[A-Z])", "_", attribute).lower()


@dataclass(frozen=True)
class PlainWebhook:
    """Verifies, puts an event into JSON where the app does, and answers."""

    token: str
    url: str
    document: Node | None
    has_event: bool

    async def answer(self, request: func.HttpRequest) -> func.HttpResponse:
        """Answers as the app does."""
        signature = request.headers.get("X-Twilio-Signature", "")
        if not RequestValidator(self.token).validate(self.url, request.form, signature):
            return func.HttpResponse(status_code=403)
        if self.has_event:
            json.dumps(request.form.to_dict())
        if self.document is None:
            return func.HttpResponse(status_code=204)
        return func.HttpResponse(str(self.document.build()), mimetype="text/xml")
