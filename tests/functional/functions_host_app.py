"""Small function apps on the local host: written into a folder, loaded and called."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from yarl import URL

from local.functions_host import Host, HostOptions
from local.functions_host.amendments import Amendments
from local.settings import development_storage
from tests.ports import free_port

KEY = "key-of-the-test"
IMPORTS = """
import asyncio, json, logging, pathlib, time
import azure.functions as func
app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)

def note(line):
    with (pathlib.Path(__file__).parent / "ran").open("a") as file:
        file.write(line + "\\n")

"""


@dataclass(frozen=True)
class Answer:
    """What a request was answered."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...] = ()


@dataclass
class App:
    """A running app: `said` is what the host said, `ran` the lines that its functions left in the file `ran`."""

    folder: Path
    url: str
    said: list[str] = field(default_factory=list)

    @property
    def ran(self) -> list[str]:
        """The lines in the order they came."""
        path = self.folder / "ran"
        return path.read_text().splitlines() if path.exists() else []

    async def ask(
        self, target: str, method: str = "GET", *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request; the target goes out as it is written."""
        url = URL(self.url + target, encoded=True)
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            cookies = tuple(response.headers.getall("Set-Cookie", ()))
            return Answer(response.status, await response.text(), dict(response.headers), cookies)


def write(folder: Path, source: str, host_json: Mapping[str, object] | None = None) -> Path:
    """Put an app into a folder. What every app imports, and its `app`, need not be in `source`."""
    (folder / "function_app.py").write_text(IMPORTS + source)
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **(host_json or {})}))
    return folder


def options(folder: Path, lease: float = 600, amendments: Amendments | None = None) -> HostOptions:
    """A host on a free port."""
    return HostOptions(folder=folder, port=0, lease=lease, function_key=KEY, amendments=amendments or Amendments())


def no_storage() -> dict[str, str]:
    """Settings whose storage is unavailable."""
    port = free_port()
    return {"AzureWebJobsStorage": development_storage(port, port, port)}


@asynccontextmanager
async def running(
    folder: Path,
    source: str,
    *,
    host_json: Mapping[str, object] | None = None,
    environ: Mapping[str, str] | None = None,
    lease: float = 600,
    amendments: Amendments | None = None,
) -> AsyncIterator[App]:
    """An app on the host."""
    said: list[str] = []
    settings = no_storage() if environ is None else environ
    chosen = options(write(folder, source, host_json), lease, amendments)
    async with Host(chosen, settings, say=said.append) as host:
        yield App(folder, host.url, said)


async def eventually(truth: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(seconds):
        while not truth():  # noqa: ASYNC110 - nothing signals a change
            await asyncio.sleep(0.01)
