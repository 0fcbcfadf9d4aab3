"""The stand-in's account: its texts, calls, recordings and opt-outs, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from local.twilio.records import Call, Media, Message, Recording, new_sid

STOP_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT"})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})


R = TypeVar("R")


@dataclass
class StandInAccount:
    """Texts, calls and recordings by SID. `on_message` is called with each new state of a text.

    `opted_out` holds pairs of a recipient and the number that the recipient stopped.
    """

    sid: str
    clock: Callable[[], datetime]
    on_message: Callable[[Message], None] = lambda _: None
    messages: dict[str, Message] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)
    recordings: dict[str, Recording] = field(default_factory=dict)
    opted_out: set[tuple[str, str]] = field(default_factory=set)

    def add_message(
        self,
        *,
        to: str,
        sender: str,
        body: str,
        status: str,
        direction: str,
        media: tuple[Media, ...] = (),
        messaging_service_sid: str = "",
        status_callback: str = "",
        send_at: datetime | None = None,
    ) -> Message:
        """Add a text."""
        now = self.clock()
        message = Message(
            sid=new_sid("MM" if media else "SM"),
            to=to,
            sender=sender,
            body=body,
            status=status,
            direction=direction,
            created=now,
            updated=now,
            sent=now if status == "received" else None,
            send_at=send_at,
            media=media,
            messaging_service_sid=messaging_service_sid,
            status_callback=status_callback,
        )
        self.messages[message.sid] = message
        self.on_message(message)
        return message

    def move_message(self, message: Message, status: str) -> None:
        """Move a text to a new status."""
        message.move(status, self.clock())
        self.on_message(message)

    def add_call(
        self, *, to: str, sender: str, direction: str, status: str = "queued", parent_call_sid: str = ""
    ) -> Call:
        """Add a call. The caller sets its other fields."""
        now = self.clock()
        call = Call(
            sid=new_sid("CA"),
            to=to,
            sender=sender,
            status=status,
            direction=direction,
            created=now,
            updated=now,
            parent_call_sid=parent_call_sid,
        )
        self.calls[call.sid] = call
        return call

    def add_recording(self, *, call_sid: str, seconds: int, source: str, text: str = "", wav: bytes = b"") -> Recording:
        """Add a recording."""
        recording = Recording(
            sid=new_sid("RE"),
            call_sid=call_sid,
            seconds=seconds,
            source=source,
            created=self.clock(),
            text=text,
            wav=wav,
        )
        self.recordings[recording.sid] = recording
        return recording

    def apply_keyword(self, *, sender: str, number: str, body: str, opt_out_type: str = "") -> str:
        """Record the opt-out or opt-in of a text: returns STOP, START, or "" for any other text.

        Keywords are those of SMS and MMS; on a channel as WhatsApp only Advanced Opt-Out recognizes one.
        """
        is_sms = ":" not in sender and body.isascii()
        word = opt_out_type or (body.strip().upper() if is_sms else "")
        if word in STOP_WORDS:
            self.opted_out.add((sender, number))
            return "STOP"
        if word in START_WORDS:
            self.opted_out.discard((sender, number))
            return "START"
        return ""

    def has_opted_out(self, recipient: str, number: str) -> bool:
        """Has this recipient stopped this number?"""
        return (recipient, number) in self.opted_out


def newest_first(records: Iterable[R]) -> list[R]:
    """Return records in the order of Twilio's lists."""
    return list(records)[::-1]
