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


async def request_health(current: FakeServices) -> tuple[int, dict[str, Any], str]:
    """Status, JSON and the raw body."""
    with serving(current):
        response = await user_function(health)(req=func.HttpRequest("GET", "http://x/api/health", body=b""))
    assert response.mimetype == "application/json"
    body = response.get_body().decode()
    return response.status_code, json.loads(body), body


async def test_a_healthy_worker_answers_200() -> None:
    """With an entry for settings, secrets, queues and tables."""
    status, report, _ = await request_health(FakeServices())
    assert (status, report["status"]) == (200, "ok")
    assert set(report["checks"]) == {"settings", "secrets", "queues", "tables"}


@pytest.mark.parametrize(
    ("part", "current"),
    [
        ("queues", FakeServices(queues=FakeQueues(StorageUnavailable("queue storage did not answer")))),
        ("tables", FakeServices(ledger=MemoryLedger(failures=Failures(away=True)))),
        ("secrets", FakeServices(secrets=FakeSecrets(error=SecretsUnavailable("the vault did not answer")))),
        ("settings", FakeServices({**ENVIRONMENT, "VOICE_LANGUAGE": "fr"})),
    ],
)
async def test_a_failing_part_answers_503(part: str, current: FakeServices) -> None:
    """Its entry has the reason; the other parts are ok."""
    status, report, _ = await request_health(current)
    assert (status, report["status"]) == (503, "degraded")
    assert [name for name, said in report["checks"].items() if said != "ok"] == [part]


async def test_no_configured_value_is_shown() -> None:
    """The page is public: no secret and no number, also of a failing part."""
    environ = {**ENVIRONMENT, "BLOCKED_CALLERS": "+15005550666,+nobody"}
    failing = FakeServices(
        environ,
        secrets=FakeSecrets(error=RuntimeError(f"401 for {TOKEN}")),
        queues=FakeQueues(RuntimeError(f"AccountKey and {OPERATOR}")),
    )
    _, _, body = await request_health(failing)
    for secret in (TOKEN, "5005550", "nobody", "AccountKey", environ["TWILIO_ACCOUNT_SID"]):
        assert secret not in body
