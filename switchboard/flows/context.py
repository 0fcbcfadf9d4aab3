"""What a flow works with beside the call or the text: its number, settings, the time, a logger and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from twilio.twiml import TwiML
from twilio.twiml.voice_response import Play, Say

from switchboard.flows.flow_logger import FlowLogger
from switchboard.flows.outbox import Event, Outbox
from switchboard.prompts import Prompts


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """The number of numbers.toml that was called or texted.

    `language` is the call's language tag, which a menu may have changed; `voice` is "" for Twilio's own. `time_zone` is
    that of its opening hours, "" without any.
    """

    name: str
    language: str
    voice: str = ""
    caller_id: str = ""
    time_zone: str = ""


@dataclass(frozen=True)
class Context:
    """What a flow is given with each request.

    | field | meaning |
    |---|---|
    | `settings` | the app's settings whose names begin with `FLOW_`, never a secret of the product |
    | `now` | the time, in the number's time zone; in UTC for a number without opening hours |
    | `sentences` | the product's sentences in the number's language, with the words of `[sentences.xx]` in them |
    | `logger` | a logger that keeps numbers and what people said out of the log |
    """

    settings: Mapping[str, str]
    now: datetime
    sentences: Prompts
    logger: FlowLogger
    _voice: str = ""
    _outbox: Outbox = field(default_factory=Outbox, repr=False)

    def publish(self, event: Event) -> None:
        """Publishes an event on the queue `events` when the flow has returned, not when it fails.

        Raises ValueError for a wrong `type`, TypeError for data that JSON cannot hold.
        """
        self._outbox.publish(event)

    def say(self, parent: TwiML, text: str) -> None:
        """Adds a sentence to a response or a Gather, in the number's language and voice; plays an https URL."""
        if text.startswith("https://"):
            parent.append(Play(text))
        else:
            parent.append(Say(text, language=self.sentences.tag, voice=self._voice or None))
