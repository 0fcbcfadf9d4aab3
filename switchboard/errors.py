"""The exception tree, with what the app does about each.

    SwitchboardError
    ├── ConfigurationError     a setting is missing or wrong: nothing works until somebody corrects it
    ├── WebhookRefused         the request is not proven to be Twilio's: 403
    ├── WebhookIncomplete      Twilio's request, without a parameter that every such webhook has: 400
    ├── SecretsUnavailable     no auth token has ever been read: 503
    ├── StorageUnavailable     a queue or table cannot be reached: retry
    ├── RecordExists           a delivery record with this key exists: read it
    ├── RecordChanged          another worker wrote the delivery record: read it again
    ├── CommandRefused         a queue message is not a command that we accept: an event, never a retry
    └── TwilioError            a REST request that returned no resource
        ├── Rejected           Twilio never accepts this command; its code gives the reason
        │   └── OptedOut       the recipient opted out of this sender
        ├── AccountFault       our account or settings: open the circuit breaker, alert, retry when corrected
        ├── Throttled          429, never processed: retry after `retry_after`
        ├── NotReached         no connection was made, so nothing was accepted: retry
        ├── TryLater           Twilio refused it for now: retry
        └── OutcomeUnknown     the request left and no clear answer came: Twilio may have accepted it

`retryable` is a fact on each class, never a guess from a status code. `str()` of each of them is safe for a log: it
contains no number, no body and no token.
"""

from __future__ import annotations

import traceback
from typing import ClassVar


class SwitchboardError(Exception):
    """The base class of the app's errors."""

    retryable: ClassVar[bool] = False


class ConfigurationError(SwitchboardError):
    """A setting is missing or wrong. The message names it and says what to set."""


class WebhookRefused(SwitchboardError):
    """The request is not proven to be Twilio's."""


class WebhookIncomplete(SwitchboardError):
    """Twilio sent this request, but a parameter that every such webhook has is missing."""


class SecretsUnavailable(SwitchboardError):
    """A secret could not be read and no earlier value is known. The message says what to do.

    `status` is the HTTP status of the vault's answer, 0 without an answer; `code` is the inner code of a 403.
    """

    retryable = True

    def __init__(self, problem: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(problem)
        self.status = status
        self.code = code


class StorageUnavailable(SwitchboardError):
    """A queue or a table did not answer."""

    retryable = True


class CommandRefused(SwitchboardError):
    """A command breaks a rule of the queue's schema.

    `reason` names the field and shows the value, for the sender; `str()` omits the value, for logs.
    """

    def __init__(self, problem: str, value: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.value = value

    @property
    def reason(self) -> str:
        """The problem with the value, as `to: not E.164: "0912"`."""
        if self.value is None:
            return self.problem
        shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
        return f'{self.problem}: "{shown}"'


class TwilioError(SwitchboardError):
    """A REST request returned no resource.

    `code` is Twilio's error code, 0 without one; `status` the HTTP status, 0 without an answer. `twilio_message` is
    Twilio's own text: it may contain a number, so it goes into events and never into logs. `retry_after` is the number
    of seconds that Twilio asked us to wait, None when it did not.
    """

    def __init__(
        self,
        summary: str,
        *,
        code: int = 0,
        status: int = 0,
        twilio_message: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{summary} (code {code}, status {status})")
        self.twilio_message = twilio_message or summary
        self.code = code
        self.status = status
        self.retry_after = retry_after


class Rejected(TwilioError):
    """Twilio never accepts this command as it is."""


class OptedOut(Rejected):
    """The recipient opted out of this sender (21610)."""


class AccountFault(TwilioError):
    """Our account, sender or region setting is at fault: every command would get the same error."""

    retryable = True


class Throttled(TwilioError):
    """429: Twilio did not process the request, so a retry is always safe."""

    retryable = True


class NotReached(TwilioError):
    """No connection to Twilio was made: certainly nothing was accepted."""

    retryable = True


class TryLater(TwilioError):
    """Twilio refused it with a code of a temporary condition."""

    retryable = True


class OutcomeUnknown(TwilioError):
    """A timeout, a 5xx or a reset after the request left: Twilio may have accepted it."""

    retryable = True


# Twilio's error codes, grouped by what the app does. Creates and status callbacks use the same codes.
ACCOUNT_FAULTS = frozenset(
    {20003, 20005, 20404, 21408, 21215, 21603, 21606, 21608, 21701, 21703, 21704, 21705, 30002, 30032, 30034}
)
OPT_OUT_CODE = 21610
NOT_FOUND = 20404
TRANSIENT = frozenset({14107, 21611, 30001, 30003, 30008, 30017, 30022, 30023, 30027, 30410, 30500, 63018, 63038})
THROTTLED = 20429


def is_retryable(code: int) -> bool:
    """Returns whether a command that failed with this code may succeed when it is sent again.

    >>> is_retryable(30003), is_retryable(21211)
    (True, False)
    """
    return code == THROTTLED or code in TRANSIENT


def is_not_found(error: Exception) -> bool:
    """Returns whether Twilio has no resource with the SID of a look-up. From a create this code is an account fault."""
    return isinstance(error, TwilioError) and error.code == NOT_FOUND


def error_for(status: int, code: int, twilio_message: str = "", retry_after: float | None = None) -> TwilioError:
    """Returns the error for an answer of Twilio's.

    `status` is the HTTP status, 400 or more; `code` is Twilio's, 0 when the body has none. A 4xx with a code that no
    group above contains is permanent for its command: Twilio answered, and refused.
    """
    kind = _kind(status, code)
    return kind(
        "Twilio answered with an error",
        code=code,
        status=status,
        twilio_message=twilio_message,
        retry_after=retry_after,
    )


def _kind(status: int, code: int) -> type[TwilioError]:
    if status == 429 or code == THROTTLED:
        return Throttled
    if status >= 500:
        return OutcomeUnknown
    if code == OPT_OUT_CODE:
        return OptedOut
    if code in ACCOUNT_FAULTS or (not code and status in (401, 403, 404)):
        return AccountFault
    return TryLater if code in TRANSIENT else Rejected


def describe(error: BaseException) -> str:
    """Returns one line about any error that is safe for a log.

    The app's own messages are safe by construction. Others may quote their input (a number, a body), so the line has
    only their type and the last places of the traceback.
    """
    if isinstance(error, SwitchboardError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places or 'an unknown place'}"
