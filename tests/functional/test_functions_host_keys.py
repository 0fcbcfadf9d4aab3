"""Function keys and the admin API of the local host."""

from pathlib import Path

import pytest

from tests.functional.functions_host_app import KEY, eventually, running

JSON = {"Content-Type": "application/json"}
KEYED = """
@app.route("open", auth_level=func.AuthLevel.ANONYMOUS)
def open_to_all(req: func.HttpRequest) -> str:
    return "in"

@app.route("locked", auth_level=func.AuthLevel.FUNCTION)
def locked(req: func.HttpRequest) -> str:
    return "in"
"""
MANUAL = """
@app.timer_trigger("timer", "0 0 0 1 1 *")
async def nightly(timer: func.TimerRequest) -> None:
    note(f"nightly {timer.past_due}")

@app.queue_trigger("message", "jobs", "AzureWebJobsStorage")
def work(message: func.QueueMessage) -> None:
    note(f"work {message.get_body().decode()} {message.dequeue_count} {bool(message.id)}")

@app.route("page")
def page(req: func.HttpRequest) -> str:
    return "page"
"""


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/api/locked", {}, 401),
        ("/api/locked?code=wrong", {}, 401),
        ("/api/locked", {"x-functions-key": "wrong"}, 401),
        ("/api/locked?code=%E9", {}, 401),
        (f"/api/locked?code={KEY}", {}, 200),
        ("/api/locked", {"x-functions-key": KEY}, 200),
        ("/api/open", {}, 200),
    ],
)
async def test_function_level_wants_the_key(tmp_path: Path, target: str, headers: dict[str, str], status: int) -> None:
    """In the query or in the header; anonymous routes want none."""
    async with running(tmp_path, KEYED) as app:
        assert (await app.ask(target, headers=headers)).status == status


async def test_a_timer_is_run_by_the_admin_api(tmp_path: Path) -> None:
    """At once, whatever its schedule; the answer does not wait for it."""
    async with running(tmp_path, MANUAL) as app:
        answer = await app.ask("/admin/functions/nightly", "POST", body=b"{}", headers={"x-functions-key": KEY, **JSON})
        assert answer.status == 202
        await eventually(lambda: app.ran == ["nightly False"])


async def test_a_queue_function_is_run_by_the_admin_api(tmp_path: Path) -> None:
    """With the input as its message, and without storage."""
    async with running(tmp_path, MANUAL) as app:
        body = b'{"input": "hello"}'
        answer = await app.ask("/admin/functions/work", "POST", body=body, headers={"x-functions-key": KEY, **JSON})
        assert answer.status == 202
        await eventually(lambda: app.ran == ["work hello 1 True"])


@pytest.mark.parametrize(
    ("name", "body", "key", "status"),
    [
        ("nightly", b"{}", "wrong", 401),
        ("unknown", b"{}", KEY, 404),
        ("page", b"{}", KEY, 400),
        ("work", b"hello", KEY, 400),
        ("work", b"[]", KEY, 400),
    ],
)
async def test_the_admin_api_refuses_a_wrong_request(
    tmp_path: Path, name: str, body: bytes, key: str, status: int
) -> None:
    """Nothing runs."""
    async with running(tmp_path, MANUAL) as app:
        answer = await app.ask(f"/admin/functions/{name}", "POST", body=body, headers={"x-functions-key": key, **JSON})
        assert answer.status == status
    assert app.ran == []
