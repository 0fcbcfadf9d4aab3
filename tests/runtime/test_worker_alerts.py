"""What Microsoft's worker forwards of a failure is what an alert queries: from the failure to the query's words."""

from __future__ import annotations

import logging
import re
from urllib.parse import urlencode

import pytest

from switchboard.errors import AccountFault, SecretsUnavailable, StorageUnavailable
from switchboard.services import Services
from tests import payloads
from tests.fakes import FakeQueues, FakeSecrets, FakeTwilioClient
from tests.functions import FORM, INTERNAL, sign
from tests.runtime.worker import Worker, http_request, queue_message
from tests.unit.test_alerts import QUERIES

TEXT = '{"id": "t1", "to": "+15005550006", "body": "Hello world."}'
INCOMING = payloads.read("incoming_call")
BODY = urlencode(INCOMING.form)
SIGNED = sign(INCOMING.path, BODY)


@pytest.fixture(autouse=True)
def _at_the_workers_level(caplog: pytest.LogCaptureFixture) -> None:
    """The root logger at INFO, as the worker sets it."""
    caplog.set_level(logging.INFO)


def matched(alert: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The forwarded lines that an alert's query matches, by their beginning and its other conditions."""
    also = r'(?: and Message (?:contains|matches regex) @?"([^"]+)")?'
    asked = re.findall(rf'Message startswith "([^"]+)"{also}', QUERIES[alert])
    return [
        line
        for line in caplog.messages
        if any(line.startswith(begin) and re.search(pattern, line) for begin, pattern in asked)
    ]


async def webhook(worker: Worker, signature: str) -> None:
    """An incoming call with this signature."""
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    request = http_request("POST", INTERNAL + INCOMING.path, headers, BODY.encode())
    await worker.invoke("voice_incoming", request)


async def test_a_webhook_with_a_wrong_signature(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """One line each, which webhooks-refused counts."""
    await webhook(worker, "forged")
    assert len(matched("webhooks-refused", caplog)) == 1
    assert matched("webhooks-failing", caplog) == []


async def test_a_secret_that_cannot_be_read(
    worker: Worker, app_services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """No signature can be verified, so callers get no answer."""
    app_services.secrets = FakeSecrets(
        error=SecretsUnavailable("twilio-auth-token: absent; create it in the vault", status=404)
    )
    await webhook(worker, SIGNED)
    assert len(matched("webhooks-failing", caplog)) == 1


async def test_a_webhook_with_a_bug(worker: Worker, app_services: Services, caplog: pytest.LogCaptureFixture) -> None:
    """The caller hears an apology, and an alert fires."""
    app_services.secrets = FakeSecrets(error=RuntimeError("a bug"))
    await webhook(worker, SIGNED)
    assert len(matched("webhooks-failing", caplog)) == 1


async def test_a_served_webhook_raises_no_alert(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """No query matches a line of it."""
    await webhook(worker, SIGNED)
    assert [alert for alert in QUERIES if matched(alert, caplog)] == []


async def test_an_account_that_twilio_refuses(
    worker: Worker, twilio: FakeTwilioClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The line has the code, and the circuit breaker opens."""
    twilio.error = AccountFault("Twilio answered with an error", code=20003, status=401)
    await worker.invoke("send_sms", queue_message(TEXT))
    assert matched("account-fault", caplog) != []
    assert matched("dead-letter", caplog) == []


async def test_a_command_that_failed_too_often(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """It moves to dead-letter."""
    await worker.invoke("send_sms_poison", queue_message("not a command"))
    assert len(matched("dead-letter", caplog)) == 1


async def test_a_poison_function_that_fails(
    worker: Worker, queues: FakeQueues, caplog: pytest.LogCaptureFixture
) -> None:
    """The message stays in the poison queue, whose depth is an alert too."""
    queues.error = StorageUnavailable("queue dead-letter did not take a message")
    await worker.invoke("send_sms_poison", queue_message("not a command"))
    assert len(matched("dead-letter", caplog)) == 1


async def test_a_text_that_is_accepted(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """The line has the queue, where outbox-stalled's pattern finds it."""
    await worker.invoke("send_sms", queue_message(TEXT))
    (line,) = matched("outbox-stalled", caplog)
    (pattern,) = set(re.findall(r'extract\("(queue=[^"]+)"', QUERIES["outbox-stalled"]))
    assert re.findall(pattern, line) == ["sms-outbox"]
