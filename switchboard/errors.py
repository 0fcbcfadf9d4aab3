"""The exception tree, with what the app does about each.

    SwitchboardError
    ├── ConfigurationError     a setting is missing or wrong: nothing works until somebody corrects it
    ├── WebhookRefused         the request is not proven to be Twilio's: 403
    ├── WebhookTooLarge        a request that is larger than any of Twilio's: 413
    ├── WebhookIncomplete      Twilio's request, without a parameter that every such webhook has: 400
    ├── SecretsUnavailable     no auth token has ever been read: 503
    ├── StorageUnavailable     a queue or table cannot be reached: retry
    ├── RecordExists           a delivery record with this key exists: read it
    ├── RecordChanged          another worker wrote the delivery record: read it again
    ├── FlowFailed             a flow of flows.py gave no answer: an apology, a log line and an event
    ├── CommandRefused         a queue message is not a command that we accept: an event, never a retry
    └── TwilioError            a REST request that returned no resource
        ├── Rejected           Twilio never accepts this command; its code gives the reason
        │   └── OptedOut       the recipient opted out of this sender
        ├── UnknownCode        Twilio refused it with a code that our table does not have
        ├── AccountFault       our account or settings: open the circuit breaker, alert, retry when corrected
        │   ├── SenderFault        this sender: the same for its commands only
        │   └── DestinationFault   this destination: the same for this command only
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


class WebhookTooLarge(SwitchboardError):
    """The request is larger than any of Twilio's. It is refused before anything of it is decoded."""


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


class FlowFailed(SwitchboardError):
    """A flow of flows.py gave no answer. The message has the reason, as file, line and the exception's type."""


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


class UnknownCode(TwilioError):
    """Twilio refused it with a code that our table does not have: the command's fault, or every command's."""


class AccountFault(TwilioError):
    """Our account, credentials or settings are at fault: every command would get the same error."""

    retryable = True


class SenderFault(AccountFault):
    """The sender is at fault: every command of this sender would get the same error."""


class DestinationFault(AccountFault):
    """The account may not reach this destination: other destinations are not affected."""


class Throttled(TwilioError):
    """429: Twilio did not process the request, so a retry is always safe."""

    retryable = True


class NotReached(TwilioError):
    """No connection to Twilio was made: certainly nothing was accepted."""

    retryable = True


class TryLater(TwilioError):
    """Twilio refused it for a temporary condition, or without a reason."""

    retryable = True


class OutcomeUnknown(TwilioError):
    """A timeout, a 5xx or a reset after the request left: Twilio may have accepted it."""

    retryable = True


def describe(error: BaseException) -> str:
    """Returns one line about any error that is safe for a log.

    The app's own messages are safe by construction. Others may quote their input (a number, a body), so the line has
    only their type and the last places of the traceback.
    """
    if isinstance(error, SwitchboardError):
        return f"{type(error).__name__}: {error}"
    return describe_place(error)


def describe_place(error: BaseException) -> str:
    """Returns the type of an error and the last places of its traceback, never its text."""
    frames = traceback.extract_tb(error.__traceback__)[-4:]
    places = " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places or 'an unknown place'}"
