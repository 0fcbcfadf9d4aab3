"""Performs a messaging document: the texts it sends, and where it redirects to."""

from __future__ import annotations

from dataclasses import dataclass

from local.twilio.records import Fetch
from local.twilio.twiml.attributes import link, method, number, resolve
from local.twilio.twiml.document import Element
from local.twilio.twiml.steps import Text


@dataclass(frozen=True)
class Reply:
    """What a document answers a text with. A redirect ends it: verbs after one are never reached."""

    texts: tuple[Text, ...]
    redirect: Fetch | None = None


def reply(root: Element, url: str) -> Reply:
    """The texts of a document that came from `url`, and its redirect when there is one."""
    texts: list[Text] = []
    for verb in root.children:
        if verb.name == "Message":
            texts.append(_text(verb, url))
        elif verb.name == "Redirect":
            return Reply(tuple(texts), Fetch(url=resolve(url, verb.words), method=method(verb)))
    return Reply(tuple(texts))


def _text(verb: Element, url: str) -> Text:
    bodies = [child.text.strip() for child in verb.children if child.name == "Body"]
    media = tuple(resolve(url, child.words) for child in verb.children if child.name == "Media")
    return Text(
        body="\n".join(bodies) if bodies or media else verb.text.strip(),
        to=number(verb, "to"),
        sender=number(verb, "from"),
        media=media,
        # A Message's `action` hears of its states as its statusCallback does.
        status_callback=link(verb, url, "statusCallback") or link(verb, url, "action"),
    )
