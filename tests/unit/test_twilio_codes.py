"""Twilio's error codes: each has one class and a reason, and no answer ends a delivery that may still succeed."""

import pytest

from switchboard import twilio_codes
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
from switchboard.twilio_codes import class_of, error_for, is_opt_out, is_retryable, resource_of, table

# What Twilio's documentation, changelog and error dictionary say of the codes that teams meet.
CLASSES = {
    "account": (10001, 20003, 20005, 20404, 21470, 21471, 21472, 30002, 70051, 21609),
    "sender": (21210, 21212, 21264, 21267, 21603, 21606, 21659, 21660, 21661, 21663, 21701, 21704, 21705, 21709, 21711),
    "destination": (21215, 21219, 21408, 21608, 21657, 21703),
    "recipient": (21211, 21214, 21217, 21612, 21614, 21635, 30004, 30005, 30006, 30011),
    "content": (21602, 21617, 21618, 21619, 21620, 21623, 21624, 21655, 21656, 30007, 30010, 30019),
    "opt_out": (21610, 30630),
    "transient": (
        *(10004, 14107, 20429, 21611, 21702, 22005, 30001, 30003, 30008, 30017, 30022, 30023, 30027, 30410, 30500),
        *(63018, 63038),
    ),
}


def test_every_row_of_the_table_is_complete() -> None:
    """One class each, a resource, and a sentence as reason."""
    for code, (kind, resource, reason) in table().items():
        assert code >= twilio_codes.LOWEST_CODE
        assert kind in twilio_codes.ERRORS
        assert resource in ("sms", "call", "both")
        assert reason.endswith(".")
        assert reason[0].isupper()
    assert len(table()) >= 250


@pytest.mark.parametrize(("kind", "codes"), CLASSES.items())
def test_a_code_has_its_class(kind: str, codes: tuple[int, ...]) -> None:
    """Moved to another class, a code would burn a queue or keep it waiting for ever."""
    assert {code: class_of(code) for code in codes} == dict.fromkeys(codes, kind)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        # The code counts before the status, unless Twilio may have processed the request.
        (400, 10001, AccountFault),
        (401, 20003, AccountFault),
        (400, 21659, SenderFault),
        (400, 21408, DestinationFault),
        (400, 21211, Rejected),
        (400, 21610, OptedOut),
        (400, 21611, TryLater),
        (429, 21611, TryLater),
        (400, 20429, Throttled),
        (500, 20500, OutcomeUnknown),
        (503, 21211, OutcomeUnknown),
        # Without a code of the table the status decides.
        (429, 0, Throttled),
        (429, 99999, Throttled),
        (408, 0, OutcomeUnknown),
        (499, 0, OutcomeUnknown),
        (500, 0, OutcomeUnknown),
        (502, 0, OutcomeUnknown),
        (599, 0, OutcomeUnknown),
        (425, 0, TryLater),
        *((status, 0, AccountFault) for status in (301, 302, 307, 308, 401, 403, 404, 405, 407, 451)),
        *((status, 99999, AccountFault) for status in (401, 403, 404, 407)),
        *((status, 0, TryLater) for status in (400, 402, 406, 409, 410, 411, 412, 413, 415, 422, 426, 428)),
        # A code that the table does not have is a refusal, of this command or of every command.
        (400, 99999, UnknownCode),
        (422, 123456, UnknownCode),
        # Some answers repeat the HTTP status as their code: that is none.
        (400, 400, TryLater),
        (404, 404, AccountFault),
    ],
)
def test_an_answer_becomes_one_class_of_error(status: int, code: int, kind: type[TwilioError]) -> None:
    """Nothing that is not certainly the command's own fault ends the command."""
    assert type(error_for(status, code)) is kind


@pytest.mark.parametrize("status", [status for status in range(300, 600) if status not in (408, 499) and status < 500])
def test_no_status_alone_rejects_a_command(status: int) -> None:
    """3xx and 4xx without a code come from proxies, or from a path that is wrong."""
    assert not isinstance(error_for(status, 0), Rejected | UnknownCode)


def test_a_twilio_error_keeps_twilios_message_out_of_its_own_text() -> None:
    """The message may contain a number: it is for events."""
    error = error_for(400, 21211, "The 'To' number +15005550010 is not valid.", retry_after=3.0)
    assert str(error) == "Twilio answered with an error (code 21211, status 400)"
    assert (error.twilio_message, error.retry_after) == ("The 'To' number +15005550010 is not valid.", 3.0)


def test_an_answer_without_a_message_has_our_own() -> None:
    """An event's reason is never empty."""
    assert error_for(400, 21211).twilio_message == "Twilio answered with an error"


@pytest.mark.parametrize("kind", CLASSES)
def test_only_a_temporary_condition_may_be_tried_again(kind: str) -> None:
    """In a status callback the codes mean the same."""
    assert {is_retryable(code) for code in CLASSES[kind]} == {kind == "transient"}
    assert {is_opt_out(code) for code in CLASSES[kind]} == {kind == "opt_out"}


def test_a_code_that_is_not_in_the_table_promises_nothing() -> None:
    """No class, no retry, and it concerns texts and calls."""
    assert (class_of(99999), is_retryable(99999), is_opt_out(0), resource_of(99999)) == ("", False, False, "both")
