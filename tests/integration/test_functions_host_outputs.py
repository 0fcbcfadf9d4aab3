"""Queue outputs of the local host: when they are written, how, and what a function may set."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.integration.queue_apps import working
from tests.integration.queues import open_queues


@pytest.mark.parametrize("encoding", ["none", "base64"])
async def test_outputs_are_put_onto_their_queues(tmp_path: Path, connection: str, encoding: str) -> None:
    """Before the answer; several for a list; encoded as host.json says; the queue is made when absent."""
    source = """
@app.route("tell")
@app.queue_output("one", "%QUEUE%", "AzureWebJobsStorage")
@app.queue_output("many", "%QUEUE%", "AzureWebJobsStorage")
def tell(req: func.HttpRequest, one: func.Out[str], many: func.Out[list[str]]) -> str:
    one.set("olá")
    many.set(["a", "b"])
    return "told"
"""
    rules = {"messageEncoding": encoding}
    async with open_queues(connection) as queues, working(tmp_path, connection, source, queues, rules=rules) as app:
        assert (await app.ask("/api/tell")).text == "told"
        bodies = await queues.bodies()
    wanted = ["olá", "a", "b"]
    assert sorted(bodies) == sorted(
        wanted if encoding == "none" else [base64.b64encode(body.encode()).decode() for body in wanted]
    )


async def test_an_output_of_another_type_is_500_and_nothing_is_written(tmp_path: Path, connection: str) -> None:
    """Not half of what the function wrote either."""
    source = """
@app.route("tell")
@app.queue_output("one", "%QUEUE%", "AzureWebJobsStorage")
@app.queue_output("odd", "%QUEUE%", "AzureWebJobsStorage")
def tell(req: func.HttpRequest, one: func.Out[str], odd: func.Out[str]) -> str:
    one.set("good")
    odd.set(7)
    return "told"
"""
    async with open_queues(connection) as queues, working(tmp_path, connection, source, queues) as app:
        assert (await app.ask("/api/tell")).status == 500
        assert await queues.count() <= 0


async def test_a_queue_functions_output_is_written_when_it_ends(tmp_path: Path, connection: str) -> None:
    """One queue's message becomes another's."""
    source = """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
@app.queue_output("next", "%QUEUE%-next", "AzureWebJobsStorage")
async def work(message: func.QueueMessage, next: func.Out[str]) -> None:
    next.set(message.get_body().decode().upper())
"""
    async with open_queues(connection) as queues, working(tmp_path, connection, source, queues):
        await queues.put("abc")
        await queues.until_count(1, f"{queues.name}-next")
        assert await queues.bodies(f"{queues.name}-next") == ["ABC"]
