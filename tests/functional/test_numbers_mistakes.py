"""A numbers.toml with ten mistakes, and one that is not TOML: health has their paths, and callers get an answer."""

import json
from datetime import UTC, datetime

import azure.functions as func
import pytest

from switchboard.blueprints.health import health, health_of_worker
from switchboard.numbers import Numbers
from tests.fakes import FakeServices, StoppedClock
from tests.functions import post, serving, user_function
from tests.numbers_files import MISTAKES, TEN_MISTAKES, numbers
from tests.voice_calls import said, verbs

NUMBER = "+15005550001"
MONDAY = datetime(2026, 12, 21, 10, tzinfo=UTC)
NOT_TOML = numbers('language = "en"\ngreeting = Welcome.\n')


def form(**more: str) -> dict[str, str]:
    """A webhook of a call to the number."""
    return {"CallSid": "CA1", "From": "+351910000077", "To": NUMBER, "Direction": "inbound"} | more


async def checks_of(read: Numbers) -> tuple[int, str]:
    """The status of the health page, and what it says of the file."""
    health_of_worker.cache_clear()
    with serving(FakeServices(numbers=read)):
        response = await user_function(health)(req=func.HttpRequest("GET", "http://x/api/health", body=b""))
    health_of_worker.cache_clear()
    return response.status_code, json.loads(response.get_body())["checks"]["numbers"]


async def test_health_names_all_ten_by_path() -> None:
    """And answers 503. Neither values nor lines are public."""
    status, said_of_file = await checks_of(numbers(TEN_MISTAKES))
    assert status == 503
    assert [each.split(": ")[0] for each in said_of_file.split("; ")] == list(MISTAKES.values())
    for value in ("0912", "Lisboa", "anna", "suport"):
        assert value not in said_of_file


@pytest.mark.parametrize(("key", "verb"), [("1", "Record"), ("2", "Record"), ("3", "Record"), ("4", "Gather")])
async def test_what_is_wrong_takes_voicemail_and_the_rest_works(key: str, verb: str) -> None:
    """The options with a mistake keep their label."""
    with serving(FakeServices(numbers=numbers(TEN_MISTAKES), hours_clock=StoppedClock(MONDAY))):
        first = await post("/api/voice/incoming", form())
        assert said(first.text)[:2] == ["Welcome.", "For sales, press 1."]
        answer = await post("/api/voice/menu?name=Front+desk", form(Digits=key))
    assert verb in verbs(answer.text)


async def test_a_file_that_is_not_toml_is_one_problem_and_voicemail() -> None:
    """For every call; texts are published and get no answer."""
    assert await checks_of(NOT_TOML) == (503, "numbers.toml: not-toml")
    with serving(FakeServices(numbers=NOT_TOML)):
        assert "Record" in verbs((await post("/api/voice/incoming", form())).text)
        text = await post("/api/sms/incoming", form(MessageSid="SM1", Body="hours"))
    assert (verbs(text.text), len(text.events)) == ([], 1)
