"""Twilio's magic numbers, each with the error that our REST adapter must raise for it.

Source: https://www.twilio.com/docs/iam/test-credentials. Only requests with test credentials get them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from switchboard.commands import PlaceCall, SendSms
from switchboard.delivery.states import Kind
from switchboard.delivery.twilio_client import TwilioClient
from switchboard.errors import (
    AccountFault,
    DestinationFault,
    OptedOut,
    Rejected,
    SenderFault,
    TryLater,
    TwilioError,
)

VALID_SENDER = "+15005550006"
# The recipient of an example in Twilio's documentation. Any number that exists would do: nothing is sent.
RECIPIENT = "+14108675310"
# A number that no account of ours has.
FOREIGN_SENDER = "+15005550010"
CALLBACK = "https://example.com/api/status/{kind}?id=verify"
SECONDS = 20
FORBIDDEN = 403


@dataclass(frozen=True)
class MagicNumber:
    """One documented pair of From and To, and what a create with it must raise: None for success.

    `codes` has Twilio's code. It has several where Twilio split a code into finer ones after it wrote the page.
    """

    kind: Kind
    sender: str
    to: str
    codes: tuple[int, ...]
    error: type[TwilioError] | None

    @property
    def name(self) -> str:
        """For a line of output, as `sms from +15005550001`."""
        magic = f"to {self.to}" if self.to != RECIPIENT else f"from {self.sender}"
        return f"{self.kind} {magic}"


def _sent_by(kind: Kind, sender: str, error: type[TwilioError] | None, *codes: int) -> MagicNumber:
    return MagicNumber(kind, sender, RECIPIENT, codes, error)


def _sent_to(kind: Kind, to: str, error: type[TwilioError], *codes: int) -> MagicNumber:
    return MagicNumber(kind, VALID_SENDER, to, codes, error)


MAGIC_NUMBERS = (
    _sent_by("sms", VALID_SENDER, None),
    _sent_by("sms", "+15005550001", SenderFault, 21212),
    _sent_by("sms", "+15005550007", SenderFault, 21606),
    _sent_by("sms", "+15005550008", TryLater, 21611),
    _sent_by("sms", FOREIGN_SENDER, SenderFault, 21606, 21659, 21660),
    _sent_to("sms", "+15005550001", Rejected, 21211),
    _sent_to("sms", "+15005550002", Rejected, 21612),
    _sent_to("sms", "+15005550003", DestinationFault, 21408),
    _sent_to("sms", "+15005550004", OptedOut, 21610),
    _sent_to("sms", "+15005550009", Rejected, 21614),
    _sent_by("call", VALID_SENDER, None),
    _sent_by("call", "+15005550001", SenderFault, 21212),
    _sent_by("call", FOREIGN_SENDER, SenderFault, 21210),
    _sent_to("call", "+15005550001", Rejected, 21217),
    _sent_to("call", "+15005550002", Rejected, 21214),
    _sent_to("call", "+15005550003", DestinationFault, 21215),
    _sent_to("call", "+15005550004", DestinationFault, 21216),
)


async def mistakes(twilio: TwilioClient, rows: Iterable[MagicNumber] = MAGIC_NUMBERS) -> list[str]:
    """Makes a request for each row, and returns a sentence for each answer that is not the row's."""
    found = [(row, await _result(twilio, row)) for row in rows]
    return [f"{row.name}: expected {_expected(row)}, got {result}" for row, result in found if not _fits(row, result)]


async def refusal_of_lists(twilio: TwilioClient) -> str:
    """Returns "" when Twilio refuses a list of these credentials with 403, as documented; else what happened."""
    try:
        await twilio.list_sent("sms", RECIPIENT, datetime.now(UTC))
    except AccountFault as refused:
        return "" if refused.status == FORBIDDEN else f"refused with another status: {refused}"
    except TwilioError as error:
        return f"{type(error).__name__}: {error}"
    return "the list was answered: these are not test credentials"


@dataclass(frozen=True)
class _Result:
    error: type[TwilioError] | None
    code: int = 0
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.error.__name__}, {self.detail}" if self.error else f"a resource, {self.detail}"


async def _result(twilio: TwilioClient, row: MagicNumber) -> _Result:
    callback = CALLBACK.format(kind=row.kind)
    try:
        if row.kind == "sms":
            created = await twilio.send_text(SendSms(to=row.to, body="Switchboard."), row.sender, callback, SECONDS)
        else:
            command = PlaceCall(to=row.to, say="Switchboard.")
            created = await twilio.place_call(command, row.sender, callback, SECONDS)
    except TwilioError as error:
        return _Result(type(error), error.code, f"code {error.code}, status {error.status}")
    return _Result(None, detail=created.status)


def _fits(row: MagicNumber, result: _Result) -> bool:
    return result.error is row.error and (row.error is None or result.code in row.codes)


def _expected(row: MagicNumber) -> str:
    return f"{row.error.__name__}, code {' or '.join(map(str, row.codes))}" if row.error else "a resource"
