"""What Microsoft's worker forwards of a failure is what an alert asks for: from the happening to the query's words."""

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


def taken(alert: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """The forwarded lines that an alert's query takes: by how they begin, and by what else is asked of them."""
    also = r'(?: and Message (?:contains|matches regex) @?"([^"]+)")?'
    asked = re.findall(rf'Message startswith "([^"]+)"{also}', QUERIES[alert])
    return [
        line
        for line in caplog.messages
        if any(line.startswith(begin) and re.search(pattern, line) for begin, pattern in asked)
    ]


async def webhook(worker: Worker, signature: str) -> None:
    """A call comes in, signed so."""
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    request = http_request("POST", INTERNAL + INCOMING.path, headers, BODY.encode())
    await worker.invoke("voice_incoming", request)


async def test_a_webhook_with_a_wrong_signature(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """One line each, which webhooks-refused counts."""
    await webhook(worker, "forged")
    assert len(taken("webhooks-refused", caplog)) == 1
    assert taken("webhooks-failing", caplog) == []


async def test_a_secret_that_cannot_be_read(worker: Worker, edges: Services, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing can be checked, so callers get no answer."""
    edges.secrets = FakeSecrets(
        error=SecretsUnavailable("twilio-auth-token: absent; create it in the vault", status=404)
    )
    await webhook(worker, SIGNED)
    assert len(taken("webhooks-failing", caplog)) == 1


async def test_a_webhook_that_meets_a_bug(worker: Worker, edges: Services, caplog: pytest.LogCaptureFixture) -> None:
    """The caller hears an apology, and somebody is told."""
    edges.secrets = FakeSecrets(error=RuntimeError("a bug"))
    await webhook(worker, SIGNED)
    assert len(taken("webhooks-failing", caplog)) == 1


async def test_a_webhook_that_is_served_alarms_nobody(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """None of the queries takes a line of it."""
    await webhook(worker, SIGNED)
    assert [alert for alert in QUERIES if taken(alert, caplog)] == []


async def test_an_account_that_twilio_refuses(
    worker: Worker, twilio: FakeTwilioClient, caplog: pytest.LogCaptureFixture
) -> None:
    """The line says which error it was, and the line is stopped."""
    twilio.error = AccountFault("Twilio answered with an error", code=20003, status=401)
    await worker.invoke("send_sms", queue_message(TEXT))
    assert taken("account-fault", caplog) != []
    assert taken("dead-letter", caplog) == []


async def test_a_command_that_failed_too_often(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """It is moved to dead-letter."""
    await worker.invoke("send_sms_poison", queue_message("not a command"))
    assert len(taken("dead-letter", caplog)) == 1


async def test_a_poison_function_that_fails(
    worker: Worker, outbox: FakeQueues, caplog: pytest.LogCaptureFixture
) -> None:
    """The message stays in the poison queue, which is told as well."""
    outbox.error = StorageUnavailable("queue dead-letter did not take a message")
    await worker.invoke("send_sms_poison", queue_message("not a command"))
    assert len(taken("dead-letter", caplog)) == 1


async def test_a_text_that_is_accepted(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    """What outbox-stalled takes for a sign of life names the queue, as its pattern finds it."""
    await worker.invoke("send_sms", queue_message(TEXT))
    (line,) = taken("outbox-stalled", caplog)
    (pattern,) = set(re.findall(r'extract\("(queue=[^"]+)"', QUERIES["outbox-stalled"]))
    assert re.findall(pattern, line) == ["sms-outbox"]
