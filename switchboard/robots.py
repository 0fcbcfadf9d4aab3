"""Which texts get no answer: two programs that answer each other never stop, and each text costs money."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

import msgspec

from switchboard.addresses import Address, is_dialable, is_listed
from switchboard.text import short_digest

# A person who sends the same text once more gets the same answer. A program sends it again after every answer.
MOST_ANSWERS = 2
# A text flow may ask several questions that have the same answer.
MOST_FLOW_ANSWERS = 10
REMEMBERED_SECONDS = 600
MOST_REMEMBERED = 1000

logger = logging.getLogger(__name__)


def is_robot(sender: str, own_numbers: Iterable[str]) -> bool:
    """Returns whether no person reads an answer: a short code, a sender name, a withheld or one of our own numbers."""
    is_person = bool(Address.parse(sender).scheme) or is_dialable(sender)
    return not is_person or is_listed(sender, own_numbers)


class _Repeated(msgspec.Struct):
    """The texts with one sender, recipient and body: the SIDs of the answered ones, and when the last one came."""

    answered: set[str]
    seen: float


class RecentTexts:
    """Counts the same text from the same sender: it is answered twice, then not until it has stopped for ten minutes.

    Holds digests of the last thousand different texts of one worker. Another worker counts for itself, so that a
    program gets at most two answers from each of them.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._texts: dict[str, _Repeated] = {}

    def may_answer(self, sid: str, sender: str, recipient: str, body: str, most: int = MOST_ANSWERS) -> bool:
        """Counts a text, and returns whether to answer it: `most` times. Twilio's repetition counts once."""
        text = self._remember(short_digest("\0".join((sender, recipient, body))))
        if sid not in text.answered and len(text.answered) >= most:
            logger.info("event=text_not_answered sid=%s reason=repeated", sid)
            return False
        text.answered.add(sid)
        return True

    def _remember(self, digest: str) -> _Repeated:
        """Returns what is known of a text, as the one that came last; forgets the oldest."""
        now = self._clock()
        known = self._texts.pop(digest, None)
        text = known if known and now - known.seen < REMEMBERED_SECONDS else _Repeated(set(), now)
        text.seen = now
        self._texts[digest] = text
        if len(self._texts) > MOST_REMEMBERED:
            del self._texts[next(iter(self._texts))]
        return text
