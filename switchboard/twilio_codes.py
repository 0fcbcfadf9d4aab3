"""Twilio's error codes: one class for each code that a create of a text or call, or its status callback, can carry.

The table is twilio_codes.tsv: code, class, the resource that it stops (sms, call or both), and the reason. Source:
Twilio's error dictionary, https://www.twilio.com/docs/api/errors/<code>; docs/decisions/0054 lists the doubtful ones.

| class | at a create |
|---|---|
| account | our account, credentials or settings: every command gets the same error |
| sender | this number, name or messaging service: other senders go on |
| destination | this country or region: other destinations go on |
| recipient, content | this command only |
| opt_out | the recipient opted out of this sender |
| transient | a temporary condition |
"""

from __future__ import annotations

import functools
from pathlib import Path

from switchboard.errors import (
    AccountFault,
    DestinationFault,
    OptedOut,
    OutcomeUnknown,
    Rejected,
    SenderFault,
    Throttled,
    TryLater,
    TwilioError,
    UnknownCode,
)

_TABLE = Path(__file__).with_suffix(".tsv")

NOT_FOUND = 20404
THROTTLED = 20429
# Twilio's codes have five digits or more. Some answers repeat the HTTP status as their code.
LOWEST_CODE = 1000

ERRORS: dict[str, type[TwilioError]] = {
    "account": AccountFault,
    "sender": SenderFault,
    "destination": DestinationFault,
    "recipient": Rejected,
    "content": Rejected,
    "opt_out": OptedOut,
    "transient": TryLater,
}
# Answers after which Twilio, or a proxy in front of it, may have processed the request.
OUTCOME_UNKNOWN = frozenset({408, 499})
# Answers to every request while credentials, the account or the path to Twilio are at fault. They process nothing.
EVERY_REQUEST = frozenset({401, 403, 404, 405, 407, 451})


@functools.cache
def table() -> dict[int, tuple[str, str, str]]:
    """Returns class, resource and reason by code."""
    rows = [line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines()[1:]]
    return {int(code): (kind, resource, reason) for code, kind, resource, reason in rows}


def class_of(code: int) -> str:
    """Returns the class of a code, "" for a code that the table does not have.

    >>> class_of(21211), class_of(20003), class_of(99999)
    ('recipient', 'account', '')
    """
    return table()[code][0] if code in table() else ""


def resource_of(code: int) -> str:
    """Returns what an account fault stops: sms, call or both. A code that the table does not have stops both."""
    return table()[code][1] if code in table() else "both"


def is_retryable(code: int) -> bool:
    """Returns whether a command that failed with this code may succeed when it is sent again.

    >>> is_retryable(30003), is_retryable(21211)
    (True, False)
    """
    return class_of(code) == "transient"


def is_opt_out(code: int) -> bool:
    """Returns whether the code says that the recipient opted out of the sender."""
    return class_of(code) == "opt_out"


def is_not_found(error: Exception) -> bool:
    """Returns whether Twilio has no resource with the SID of a look-up. From a create this code is an account fault."""
    return isinstance(error, TwilioError) and error.code == NOT_FOUND


def error_for(status: int, code: int, twilio_message: str = "", retry_after: float | None = None) -> TwilioError:
    """Returns the error for an answer of Twilio's that is no success.

    `status` is the HTTP status, 300 or more; `code` is Twilio's, 0 when the body has none.
    """
    known = code if code >= LOWEST_CODE else 0
    kind = _kind(status, known)
    return kind(
        "Twilio answered with an error",
        code=known,
        status=status,
        twilio_message=twilio_message,
        retry_after=retry_after,
    )


def _kind(status: int, code: int) -> type[TwilioError]:
    """Returns the class of error: what may have been processed first, then the code, then the status alone."""
    if status >= 500 or status in OUTCOME_UNKNOWN:
        return OutcomeUnknown
    if code == THROTTLED or (status == 429 and not class_of(code)):
        return Throttled
    if class_of(code):
        return ERRORS[class_of(code)]
    if status < 400 or status in EVERY_REQUEST:
        return AccountFault
    # A code that we do not know is a refusal; without a code not even that is certain.
    return UnknownCode if code else TryLater
