"""No number, body or token is in a log of the app at the worker's level."""

import json
import logging
from collections.abc import Iterator, Mapping

import pytest

from switchboard.delivery.twilio_client import TwilioClient
from switchboard.errors import OutcomeUnknown, Rejected, StorageUnavailable, Throttled
from switchboard.queues import QueueWriter
from tests import payloads
from tests.doubles import real_adapters
from tests.fakes import TOKEN, FakeQueues, FakeSecrets, FakeServices, FakeTwilioClient
from tests.functions import WEBHOOKS, answer_to, post, serving, webhook
from tests.log_search import CALL, CALLER, DIGITS, LIBRARY_ERROR, TEXT, WORDS, Log


@pytest.fixture(autouse=True)
def worker() -> Iterator[FakeServices]:
    """A worker on fakes."""
    current = FakeServices()
    with serving(current):
        yield current


def secret_form(name: str) -> Mapping[str, str]:
    """A recorded webhook whose texts and speech are secret."""
    return payloads.read(name, Body=WORDS, SpeechResult=WORDS, From=CALLER, Caller=CALLER).form


def test_the_search_finds_secrets(log: Log) -> None:
    """In a message, an argument or a traceback: otherwise the other tests would show nothing."""
    logging.getLogger("any").info("to %s", CALLER)
    logging.getLogger("any").warning("it failed", exc_info=ValueError(WORDS), extra={"token": TOKEN})
    assert log.found() == [DIGITS, WORDS, TOKEN]


@pytest.mark.parametrize("name", ["azure", "azure.core.pipeline.policies.http_logging_policy", "twilio.http_client"])
def test_the_sdks_loggers_stay_at_warning(name: str, log: Log) -> None:
    """At INFO they log URLs and request parameters."""
    assert logging.getLogger().getEffectiveLevel() == logging.INFO
    assert logging.getLogger(name).getEffectiveLevel() == logging.WARNING


@pytest.mark.parametrize("name", payloads.NAMES)
async def test_an_answered_webhook_is_not_logged(name: str, log: Log) -> None:
    """Calls, texts and statuses."""
    answer = await post(payloads.read(name).path, secret_form(name))
    assert answer.status in (200, 204)
    assert log.found() == []


@pytest.mark.parametrize("name", payloads.NAMES)
@pytest.mark.parametrize("signature", ["", f"signed-by-{TOKEN}"])
async def test_the_content_of_a_refused_webhook_is_not_logged(name: str, signature: str, log: Log) -> None:
    """One line, without its content and its signature."""
    target = payloads.read(name).path
    path = target.partition("?")[0]
    answer = await answer_to(path, webhook(f"{path}?caller={CALLER}", secret_form(name), signature=signature))
    assert answer.status == 403
    assert "event=webhook_refused" in log.text
    assert log.found() == []


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_the_content_of_an_incomplete_webhook_is_not_logged(path: str, log: Log) -> None:
    """Only the name of the missing parameter."""
    await post(path, {"From": CALLER, "Body": WORDS})
    assert log.found() == []


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_a_failed_webhook_logs_type_and_location_only(path: str, log: Log) -> None:
    """A library's message may quote its input."""
    with serving(FakeServices(secrets=FakeSecrets(error=LIBRARY_ERROR))):
        await post(path, {"From": CALLER, "Body": WORDS})
    assert "event=webhook_failed" in log.text
    assert "ValueError at " in log.text
    assert log.found() == []


@pytest.mark.parametrize("name", ["incoming_text", "text_sent", "call_completed", "recording_completed"])
async def test_an_event_that_cannot_be_published_is_not_logged(name: str, log: Log) -> None:
    """The storage SDK's error may quote it."""
    with serving(FakeServices(queues=FakeQueues(LIBRARY_ERROR))):
        await post(payloads.read(name).path.partition("?")[0], secret_form(name))
    assert "event=webhook_failed" in log.text
    assert log.found() == []


REFUSED = {
    "a number": {"to": DIGITS, "body": WORDS},
    "a number as a number": {"to": int(DIGITS), "body": WORDS},
    "a number for an id": {"to": CALLER, "id": CALLER, "body": WORDS},
    "a sender": {"to": CALLER, "from": f"{WORDS}!", "body": WORDS},
    "a field of that name": {"to": CALLER, "body": WORDS, WORDS: CALLER},
    "a word of a list": {"to": CALLER, "say": "x", "machine_detection": f"'{WORDS}'"},
    "TwiML": {"to": CALLER, "twiml": f"<Response>{WORDS}"},
    "another root": {"to": CALLER, "twiml": f"<{WORDS}/>"},
    "a URL": {"to": CALLER, "url": f"http://{WORDS}/{CALLER}"},
    "a time": {"to": CALLER, "body": "x", "send_at": WORDS},
    "a list": [CALLER, WORDS],
    "a sentence": f"{CALLER} {WORDS}",
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("queue", ["sms-outbox", "call-outbox"])
async def test_a_refused_command_logs_the_rule_only(queue: str, command: object, log: Log) -> None:
    """The value is in the event, for its sender."""
    await log.deliver(queue, json.dumps(command))
    assert "event=command_refused" in log.text
    assert log.found() == []


@pytest.mark.parametrize("body", [f"{CALLER} {WORDS}", f'{{"to": "{CALLER}", "body": "{WORDS}"', "\x00" + CALLER])
async def test_a_message_that_is_not_a_command_is_not_logged(body: str, log: Log) -> None:
    """Not even its beginning."""
    await log.deliver("sms-outbox", body)
    assert log.found() == []


@pytest.mark.parametrize(("queue", "body"), [("sms-outbox", TEXT), ("call-outbox", CALL)])
@pytest.mark.parametrize(
    ("twilio", "queues"),
    [
        (FakeTwilioClient(), FakeQueues()),
        (FakeTwilioClient(Rejected("no", code=21211, twilio_message=str(LIBRARY_ERROR))), FakeQueues()),
        (FakeTwilioClient(Rejected("no", code=21211, twilio_message=str(LIBRARY_ERROR))), FakeQueues(LIBRARY_ERROR)),
        (FakeTwilioClient(Throttled("slower", twilio_message=str(LIBRARY_ERROR))), FakeQueues()),
        (FakeTwilioClient(OutcomeUnknown("no answer", twilio_message=str(LIBRARY_ERROR))), FakeQueues()),
        (FakeTwilioClient(LIBRARY_ERROR), FakeQueues()),
    ],
    ids=["accepted", "rejected", "not published", "throttled", "unknown", "an unexpected error"],
)
async def test_a_command_logs_its_id_only(
    twilio: TwilioClient, queues: QueueWriter, queue: str, body: str, log: Log
) -> None:
    """Accepted, rejected or failed."""
    with serving(FakeServices(twilio=twilio, queues=queues)):
        await log.deliver(queue, body)
    assert ("id=sms:t1" if queue == "sms-outbox" else "id=call:c1") in log.text or f"queue={queue}" in log.text
    assert log.found() == []


@pytest.mark.parametrize("error", [None, LIBRARY_ERROR, StorageUnavailable("queue dead-letter did not take a message")])
async def test_a_dead_letter_is_not_logged(error: Exception | None, log: Log) -> None:
    """Its queue and its message id identify it."""
    with serving(FakeServices(queues=FakeQueues(error))):
        await log.deliver("sms-outbox-poison", TEXT)
    assert "queue=sms-outbox" in log.text
    assert log.found() == []


@pytest.mark.parametrize(
    ("status", "code", "logged"),
    [
        (201, 0, "event=command_accepted"),
        (400, 21211, "event=command_ended state=rejected"),
        (400, 21610, "event=command_ended state=opted_out"),
        (401, 20003, "event=account_fault"),
        (429, 20429, "Throttled"),
        (503, 0, "OutcomeUnknown"),
    ],
)
@pytest.mark.parametrize(("queue", "body"), [("sms-outbox", TEXT), ("call-outbox", CALL)])
async def test_the_real_adapters_do_not_log_a_command(
    status: int, code: int, logged: str, queue: str, body: str, log: Log
) -> None:
    """Twilio's library and the storage SDK included, while Twilio's answer quotes number and text."""
    async with real_adapters(status, code, quoting=str(LIBRARY_ERROR)) as current:
        with serving(current):
            await log.deliver(queue, body)
    assert logged in log.text
    assert log.found() == []


async def test_refusing_storage_is_logged_without_its_key(log: Log) -> None:
    """The SDK's errors quote the request."""
    async with real_adapters(400, 21211, stored=403, quoting=str(LIBRARY_ERROR)) as current:
        with serving(current):
            await log.deliver("sms-outbox", TEXT)
    assert "StorageUnavailable" in log.text
    assert log.found() == []
