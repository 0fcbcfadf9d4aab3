"""The addresses of the stack's parts: read from the settings, and written back when an option changes a port."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, fields, replace
from urllib.parse import urlsplit

from local.errors import LocalError
from local.settings import STORAGE, connection_string, development_storage, with_key_of_run

PUBLIC = "PUBLIC_BASE_URL"
TWILIO = "TWILIO_API_BASE_URL"
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True)
class Ports:
    """The loopback port of each part."""

    functions: int = 7071
    twilio: int = 7072
    blob: int = 10000
    queue: int = 10001
    table: int = 10002

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Ports:
        """Read the ports from the settings; an address of another machine leaves the default."""
        endpoints = _endpoints(environ)
        found = {
            "functions": loopback_port(environ.get(PUBLIC, "")),
            "twilio": loopback_port(environ.get(TWILIO, "")),
            "blob": loopback_port(endpoints.get("BlobEndpoint", "")),
            "queue": loopback_port(endpoints.get("QueueEndpoint", "")),
            "table": loopback_port(endpoints.get("TableEndpoint", "")),
        }
        return cls().moved(**found)

    def moved(self, **ports: int | None) -> Ports:
        """Return a copy with the given ports; None changes nothing."""
        return replace(self, **{name: port for name, port in ports.items() if port is not None})

    def check(self) -> None:
        """Raise LocalError when two parts have the same port."""
        different = self.wanted_for()
        if len(different) < len(fields(self)):
            named = ", ".join(map(str, sorted(different)))
            raise LocalError(f"{len(fields(self))} parts need a port each, and there are only {named}")

    def wanted_for(self) -> dict[int, str]:
        """Return the name of each port's part, for messages."""
        return {
            self.functions: "the Functions host",
            self.twilio: "Twilio's stand-in",
            self.blob: "Azurite's blob service",
            self.queue: "Azurite's queue service",
            self.table: "Azurite's table service",
        }

    @property
    def app_url(self) -> str:
        """The URL of the Functions host."""
        return origin(self.functions)

    @property
    def standin_url(self) -> str:
        """The URL of Twilio's stand-in."""
        return origin(self.twilio)

    def storage(self, account_key: str = "") -> str:
        """Return Azurite's connection string; without a key, with the emulator's own."""
        return development_storage(self.blob, self.queue, self.table, account_key)


def origin(port: int) -> str:
    """Return the URL of a port on this machine."""
    return f"http://127.0.0.1:{port}"


def point_at_app(environ: MutableMapping[str, str], port: int) -> None:
    """Set the app's URL in the settings, unless they name a public origin (a tunnel), which leads to the app too."""
    if not environ.get(PUBLIC) or loopback_port(environ[PUBLIC]):
        environ[PUBLIC] = origin(port)


def point_at_stack(environ: MutableMapping[str, str], ports: Ports, account_key: str = "") -> None:
    """Set all addresses in the settings to this stack, whatever they were before. `account_key` is Azurite's."""
    point_at_app(environ, ports.functions)
    environ[TWILIO] = ports.standin_url
    environ[STORAGE] = ports.storage(account_key)


def standin_url(environ: Mapping[str, str], port: int | None = None) -> str:
    """Return the stand-in's URL: at this port, else the one in the settings."""
    return origin(port) if port else environ.get(TWILIO) or Ports().standin_url


def storage_with(environ: MutableMapping[str, str], queue_port: int | None = None) -> str:
    """Return storage's connection string: with this queue port on this machine, else the one in the settings."""
    if queue_port:
        return with_key_of_run(Ports.from_environ(environ).moved(queue=queue_port).storage())
    return connection_string(environ)


def _endpoints(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the parts of the connection string by name."""
    parts = (part.partition("=") for part in connection_string(dict(environ)).split(";"))
    return {name: value for name, _, value in parts}


def loopback_port(url: str) -> int | None:
    """Return the port of a URL on this machine; None for any other URL."""
    try:
        parts = urlsplit(url)
        return parts.port if parts.hostname in LOOPBACK else None
    except ValueError:
        return None
