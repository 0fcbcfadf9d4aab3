"""A text to a number, and the answers that the sender gets."""

from __future__ import annotations

import math
import time
from datetime import datetime
from xml.etree import ElementTree

from switchboard import messaging
from switchboard.events import TeamEvent
from switchboard.flows.answering import answer_text
from switchboard.robots import RecentTexts
from switchboard.testing.differences import check_same
from switchboard.testing.team_files import TeamFiles, moment, run_flow
from switchboard.webhooks import IncomingMessage


class PlayedText:
    """`answers` are the bodies of the texts that go back, `events` what a flow published."""

    def __init__(self, files: TeamFiles, sender: str, body: str, to: str, at: str | datetime) -> None:
        __tracebackhide__ = True
        message = IncomingMessage(
            sid="SM1", sender=sender, recipient=to, messaging_service_sid="", body=body, media=(), opt_out=""
        )
        self.events: tuple[TeamEvent, ...] = ()
        flow = messaging.flow_of(message, files.numbers)
        if flow:
            now = moment(at, files.numbers.find(to))
            ran = run_flow(answer_text(files.around(now), flow, message, math.inf))
            self.events = tuple(event for event in ran.events if isinstance(event, TeamEvent))
            document = ran.document
        else:
            document = messaging.incoming(message, files.numbers, RecentTexts(time.monotonic))
        root = ElementTree.fromstring(document)  # noqa: S314  # checked by the product
        self.answers = ["".join(each.itertext()) for each in root.iter("Message")]

    def gets(self, *answers: str) -> PlayedText:
        """Checks the answers: these and no other. Raises AssertionError with a diff."""
        __tracebackhide__ = True
        check_same(answers, self.answers, "the answers to the text differ")
        return self

    def gets_nothing(self) -> PlayedText:
        """Checks that no text goes back."""
        __tracebackhide__ = True
        return self.gets()
