"""The exception tree, and what may be done about each.

    SwitchboardError
    ├── ConfigurationError     a setting is missing or wrong: nothing works until somebody mends it
    ├── WebhookRefused         not surely Twilio's request: 403
    ├── WebhookIncomplete      Twilio's, but without what every such webhook carries: 400
    ├── SecretsUnavailable     no auth token has ever been read: 503
    ├── StorageUnavailable     a queue or table cannot be reached: later
    ├── RecordExists           a delivery's record is there already: read it
    ├── RecordChanged          somebody wrote a delivery's record since it was read: read it again
    ├── CommandRefused         a queue message asks for something we do not do: an event, never a retry
    └── TwilioError            what came of a REST request
        ├── Rejected           this command will never do: Twilio's code says why
        │   └── OptedOut       the recipient told this sender to stop
        ├── AccountFault       our account or settings: stop the line, alert, retry when mended
        ├── Throttled          429, never processed: later, after `retry_after`
        ├── NotReached         no connection was made, so nothing was taken: later
        ├── TryLater           Twilio refused it for now: later
        └── OutcomeUnknown     the request left and no clear answer came: it may have been taken

`retryable` is a fact on each class, never a guess from a status code. `str()` of any of them is fit for a log: it
holds no number, no body and no token.
"""

from __future__ import annotations

import traceback
from typing import ClassVar


class SwitchboardError(Exception):
    """Any error of ours."""

    retryable: ClassVar[bool] = False


class ConfigurationError(SwitchboardError):
    """A setting is missing or wrong; the message names it and says what to set."""


class WebhookRefused(SwitchboardError):
    """It cannot be shown that Twilio sent this request."""


class WebhookIncomplete(SwitchboardError):
    """Twilio sent this request, but a parameter that every such webhook carries is missing."""


class SecretsUnavailable(SwitchboardError):
    """A secret could not be read and no earlier value is known; the message says what to do.

    `status` is the HTTP status of the vault's answer, 0 when none came; `code` what stands inside a 403.
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

    `reason` names the field and shows the value, for the sender; `str()` leaves the value out, for logs.
    """

    def __init__(self, problem: str, value: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.value = value

    @property
    def reason(self) -> str:
        """The problem as the sender reads it: `to: not E.164: "0912"`."""
        if self.value is None:
            return self.problem
        shown = self.value if len(self.value) <= 80 else self.value[:77] + "..."
        return f'{self.problem}: "{shown}"'


class TwilioError(SwitchboardError):
    """What came of a REST request that did not end with a resource.

    `code` is Twilio's error code, 0 when there is none; `status` the HTTP status, 0 when none came; `said` Twilio's
    own sentence, which may quote a number and so is for events, never for logs; `retry_after` the seconds that Twilio
    asked us to wait, None when it did not.
    """

    def __init__(
        self, summary: str, *, code: int = 0, status: int = 0, said: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(f"{summary} (code {code}, status {status})")
        self.said = said or summary
        self.code = code
        self.status = status
        self.retry_after = retry_after


class Rejected(TwilioError):
    """Twilio will never take this command as it is."""


class OptedOut(Rejected):
    """The recipient told this sender to stop (21610)."""


class AccountFault(TwilioError):
    """Our account, sender or region setting: every message would meet the same."""

    retryable = True


class Throttled(TwilioError):
    """429: never processed, so always safe to send again."""

    retryable = True


class NotReached(TwilioError):
    """No connection to Twilio was made: surely nothing was taken."""

    retryable = True


class TryLater(TwilioError):
    """Twilio refused it with a code that passes by itself."""

    retryable = True


class OutcomeUnknown(TwilioError):
    """A timeout, a 5xx or a reset after the request left: Twilio may have taken it."""

    retryable = True


# Twilio's error dictionary, grouped by what to do; a create and a status callback use the same codes.
ACCOUNT_FAULTS = frozenset(
    {20003, 20005, 20404, 21408, 21215, 21603, 21606, 21608, 21701, 21703, 21704, 21705, 30002, 30032, 30034}
)
OPTED_OUT = 21610
NOT_FOUND = 20404
TRANSIENT = frozenset({14107, 21611, 30001, 30003, 30008, 30017, 30022, 30023, 30027, 30410, 30500, 63018, 63038})
THROTTLED = 20429


def is_retryable(code: int) -> bool:
    """Whether what failed with this code may go well when it is asked for again.

    >>> is_retryable(30003), is_retryable(21211)
    (True, False)
    """
    return code == THROTTLED or code in TRANSIENT


def is_gone(error: Exception) -> bool:
    """Whether Twilio no longer has what was asked for by its SID. At a create the same code is the account's fault."""
    return isinstance(error, TwilioError) and error.code == NOT_FOUND


def error_for(status: int, code: int, said: str = "", retry_after: float | None = None) -> TwilioError:
    """The error of ours that an answer of Twilio's stands for.

    `status` is the HTTP status, 400 or more; `code` Twilio's, 0 when the body had none. A 4xx with a code that this
    table does not know is permanent for its message: Twilio answered, and said no.
    """
    kind = _kind(status, code)
    return kind("Twilio answered with an error", code=code, status=status, said=said, retry_after=retry_after)


def _kind(status: int, code: int) -> type[TwilioError]:
    if status == 429 or code == THROTTLED:
        return Throttled
    if status >= 500:
        return OutcomeUnknown
    if code == OPTED_OUT:
        return OptedOut
    if code in ACCOUNT_FAULTS or (not code and status in (401, 403, 404)):
        return AccountFault
    return TryLater if code in TRANSIENT else Rejected


def describe(error: BaseException) -> str:
    """One line on any error that is fit for a log.

    Our own messages are safe by construction. Those of others may quote what they met (a number, a body), so only
    their type and the places they passed are told.
    """
    if isinstance(error, SwitchboardError):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places or 'an unknown place'}"
