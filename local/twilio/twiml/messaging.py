"""Interprets a messaging document: its texts, and its redirect."""

from __future__ import annotations

from dataclasses import dataclass

from local.twilio.records import Fetch
from local.twilio.twiml.attributes import link, method, number, resolve
from local.twilio.twiml.document import Element
from local.twilio.twiml.verbs import Text


@dataclass(frozen=True)
class Reply:
    """The reply to a text. Verbs after a redirect are ignored."""

    texts: tuple[Text, ...]
    redirect: Fetch | None = None


def reply(root: Element, url: str) -> Reply:
    """Return the texts and the redirect of a document from `url`."""
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
        # A Message's `action` receives the status callbacks when there is no statusCallback.
        status_callback=link(verb, url, "statusCallback") or link(verb, url, "action"),
    )
