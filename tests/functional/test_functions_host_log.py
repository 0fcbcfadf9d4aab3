"""The local host's log: short lines, without bodies, queries and tokens."""

import logging
from pathlib import Path

from tests.functional.functions_host_app import eventually, running

TALKS = """
logger = logging.getLogger("app")

@app.route("talk")
async def talk(req: func.HttpRequest) -> str:
    logger.debug("event=detail")
    logger.info("event=talked id=%s", 7)
    logger.warning("event=odd\\nsecond line")
    return "private words"

@app.route("thread")
def thread(req: func.HttpRequest) -> str:
    logger.info("event=in_thread")
    return ""

@app.route("fail")
def fail(req: func.HttpRequest) -> str:
    try:
        raise KeyError("inner")
    except KeyError as error:
        raise RuntimeError("outer") from error

@app.route("caught")
def caught(req: func.HttpRequest) -> str:
    try:
        raise KeyError("inner")
    except KeyError:
        logger.exception("event=caught")
    return ""
"""


def without_times(said: list[str]) -> list[str]:
    """The lines, each of which begins with a time of day."""
    assert all(line[2] == line[5] == ":" and line[8] == " " for line in said)
    return [line[9:] for line in said]


async def test_a_functions_lines_begin_with_its_name(tmp_path: Path) -> None:
    """From INFO on, as the worker sets it; warnings are marked, and a line is a line."""
    async with running(tmp_path, TALKS) as app:
        await app.ask("/api/talk")
        await app.ask("/api/thread")
    lines = without_times(app.said)
    assert lines[:2] == ["talk event=talked id=7", "! talk event=odd second line"]
    assert "thread event=in_thread" in lines


async def test_each_request_is_a_line_without_its_query(tmp_path: Path) -> None:
    """Method, path, status and time; neither query nor body."""
    async with running(tmp_path, TALKS) as app:
        await app.ask("/api/talk?token=secret", "POST", body=b"secret")
        await app.ask("/nowhere?token=secret")
        await eventually(lambda: any("/nowhere 404" in line for line in app.said))
    told = "\n".join(app.said)
    assert "POST /api/talk 200 " in told
    assert told.rstrip().endswith(" ms")
    assert "secret" not in told
    assert "private words" not in told


async def test_a_failure_is_logged_with_its_location(tmp_path: Path) -> None:
    """Not the whole traceback."""
    async with running(tmp_path, TALKS) as app:
        await app.ask("/api/fail")
        await app.ask("/api/caught")
    lines = without_times(app.said)
    assert any(line.startswith("! fail failed: RuntimeError: outer (function_app.py:") for line in lines)
    assert any(line.startswith("! caught event=caught: KeyError: 'inner' (function_app.py:") for line in lines)


async def test_outside_a_run_only_warnings_are_logged(tmp_path: Path) -> None:
    """Azure drops those too; the root logger is restored."""
    before = logging.getLogger().level, list(logging.getLogger().handlers)
    async with running(tmp_path, TALKS) as app:
        logging.getLogger("else").info("event=unheard")
        logging.getLogger("else").warning("event=heard")
    assert without_times(app.said) == ["! else event=heard"]
    assert (logging.getLogger().level, logging.getLogger().handlers) == before
