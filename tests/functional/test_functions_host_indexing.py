"""Loading a function_app.py on the local host: what it finds, and why it may not run."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from local import ports
from local.functions_host import Host, HostError, HostOptions
from tests.functional.functions_host_app import no_storage, options, running, write

ONE = '@app.route("one")\ndef one(req: func.HttpRequest) -> str:\n    return "1"\n'
THREE = (
    ONE
    + """
@app.queue_trigger("message", "%QUEUE%", "AzureWebJobsStorage")
def two(message: func.QueueMessage) -> None: ...

@app.timer_trigger("timer", "0 0 3 * * *")
def three(timer: func.TimerRequest) -> None: ...
"""
)


def refusal(folder: Path, source: str, environ: Mapping[str, str] | None = None) -> str:
    """Why the host does not take an app."""
    with pytest.raises(HostError) as raised:
        Host(options(write(folder, source)), no_storage() if environ is None else environ)
    return str(raised.value)


async def test_each_function_is_a_line(tmp_path: Path) -> None:
    """With its trigger; a %NAME% is a setting."""
    said: list[str] = []
    environ = no_storage() | {"QUEUE": "jobs"}
    async with Host(options(write(tmp_path, THREE)), environ, say=said.append) as host:
        assert [line.split() for line in host.lines()] == [
            ["one", "any", "method", f"{host.url}/api/one"],
            ["two", "queue", "jobs"],
            ["three", "timer", "0", "0", "3", "*", "*", "*"],
        ]


def test_an_import_error_is_shown(tmp_path: Path) -> None:
    """Azure would say `0 functions found` and nothing else: here the line and the error follow."""
    told = refusal(tmp_path, "import surely_not_installed\n")
    assert told.startswith("0 functions found")
    assert "No module named 'surely_not_installed'" in told
    assert "function_app.py" in told


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "0 functions found: function_app.py registers none"),
        ("app = None\n", "must hold one FunctionApp, and holds 0"),
        ("other = func.FunctionApp()\n" + ONE, "must hold one FunctionApp, and holds 2"),
        (ONE + ONE, "0 functions found"),
        ('@app.blob_trigger("b", "x/y", "z")\ndef b(b: str) -> None: ...\n', "b: the local host has no blobTrigger"),
        ('@app.route("x")\ndef x(req: func.HttpRequest, y: str) -> str: ...\n', "x: parameters and bindings .* y"),
        ('@app.route("x")\ndef x() -> str: ...\n', "x: parameters and bindings .* req"),
        ('@app.timer_trigger("t", "0 3 * * *")\ndef t(t) -> None: ...\n', "t: '0 3 \\* \\* \\*' is no schedule"),
        ('@app.queue_trigger("m", "%NAME%", "S")\ndef q(m) -> None: ...\n', "q: %NAME% .* no setting of that name"),
        ('@app.queue_trigger("m", "jobs", "Elsewhere")\ndef q(m) -> None: ...\n', "Elsewhere: not set"),
    ],
)
def test_an_app_that_cannot_run_is_refused(tmp_path: Path, source: str, reason: str) -> None:
    """With the reason, before anything is served."""
    assert re.search(reason, refusal(tmp_path, source))


def test_a_connection_string_that_is_none_is_refused(tmp_path: Path) -> None:
    """It names the setting, and does not quote it."""
    source = '@app.queue_trigger("m", "jobs", "AzureWebJobsStorage")\ndef q(m) -> None: ...\n'
    told = refusal(tmp_path, source, {"AzureWebJobsStorage": "secret;nonsense"})
    assert told == "AzureWebJobsStorage: not a connection string of Azure Storage"


@pytest.mark.parametrize("missing", ["function_app.py", "host.json"])
def test_a_folder_without_an_app_is_refused(tmp_path: Path, missing: str) -> None:
    """It names the file that is not there."""
    (write(tmp_path, ONE) / missing).unlink()
    with pytest.raises(HostError, match=f"no {missing} in "):
        Host(options(tmp_path), {})


async def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """Which port, and that another may be chosen."""
    async with running(tmp_path, ONE) as app:
        port = int(app.url.rpartition(":")[2])
        second = Host(HostOptions(folder=tmp_path, port=port), no_storage())
        with pytest.raises(ports.PortTakenError, match=f"port {port}, wanted for the Functions host"):
            await second.__aenter__()
