"""`/api/health`, called as the Functions host calls it."""

import json
from typing import Any

import azure.functions as func
import pytest

from switchboard.blueprints.health import health
from switchboard.errors import SecretsUnavailable, StorageUnavailable
from tests.fakes import ENVIRONMENT, OPERATOR, TOKEN, FakeQueues, FakeSecrets, FakeServices
from tests.functions import serving, user_function
from tests.memory import Failures, MemoryLedger
from tests.numbers_files import numbers


async def request_health(current: FakeServices) -> tuple[int, dict[str, Any], str]:
    """Status, JSON and the raw body."""
    with serving(current):
        response = await user_function(health)(req=func.HttpRequest("GET", "http://x/api/health", body=b""))
    assert response.mimetype == "application/json"
    body = response.get_body().decode()
    return response.status_code, json.loads(body), body


async def test_all_is_well() -> None:
    """200, and a line for each part."""
    status, report, _ = await request_health(FakeServices())
    assert (status, report["status"]) == (200, "ok")
    assert set(report["checks"]) == {"settings", "numbers", "flows", "secrets", "queues", "tables"}


GOOD = '[[numbers]]\nnumber = "*"\nanswer = { voicemail = true }\n'


@pytest.mark.parametrize(
    ("part", "current"),
    [
        ("queues", FakeServices(queues=FakeQueues(StorageUnavailable("queue storage did not answer")))),
        ("tables", FakeServices(ledger=MemoryLedger(failures=Failures(away=True)))),
        ("secrets", FakeServices(secrets=FakeSecrets(error=SecretsUnavailable("the vault did not answer")))),
        ("settings", FakeServices({**ENVIRONMENT, "OPERATOR_NUMBER": "0912"}, numbers=numbers(GOOD))),
        ("numbers", FakeServices(numbers=numbers(GOOD.replace("voicemail", "voicemial")))),
    ],
)
async def test_a_failing_part_answers_503(part: str, current: FakeServices) -> None:
    """Its entry has the reason; the other parts are ok."""
    status, report, _ = await request_health(current)
    assert (status, report["status"]) == (503, "degraded")
    assert [name for name, said in report["checks"].items() if said != "ok"] == [part]


async def test_nothing_that_is_configured_is_shown() -> None:
    """The page is open to anybody: no secret, no number, also of what is wrong."""
    environ = {**ENVIRONMENT, "OPERATOR_NUMBER": "+15005550666,+nobody"}
    failing = FakeServices(
        environ,
        numbers=numbers('[[numbers]]\nnumber = "+15005550666"\ntexts = { "+15005550667" = "" }\nanswer = "nobody"\n'),
        secrets=FakeSecrets(error=RuntimeError(f"401 for {TOKEN}")),
        queues=FakeQueues(RuntimeError(f"AccountKey and {OPERATOR}")),
    )
    _, report, body = await request_health(failing)
    assert "numbers[0].answer: wrong-type" in report["checks"]["numbers"]
    for secret in (TOKEN, "5005550", "nobody", "AccountKey", environ["TWILIO_ACCOUNT_SID"]):
        assert secret not in body
