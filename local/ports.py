"""Checks whether ports are free, and finds the process that uses one."""

from __future__ import annotations

import socket
from pathlib import Path

from local.errors import LocalError


class PortTakenError(LocalError):
    """A port is in use; the message names it, and the process that uses it where that is known."""


def ensure_free(port: int, wanted_for: str) -> None:
    """Raise PortTakenError unless this loopback port is free. Port 0 always is."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            holder = _holder(port)
            by = f"by {holder}" if holder else "by another program"
            message = f"port {port}, wanted for {wanted_for}, is taken {by}: end that, or choose another port"
            raise PortTakenError(message) from error


def free_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _holder(port: int) -> str:
    """Return `pid 123 (command line)` of the listener, from Linux's /proc; "" where that cannot be read."""
    inodes = _listening_inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(str(link.readlink()) in inodes for link in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f"pid {process.name} ({command.strip()})"
        except OSError:
            continue
    return ""


def _listening_inodes(port: int) -> set[str]:
    """Return the inodes of the sockets that listen on a port, as /proc's file descriptors name them."""
    listening = "0A"
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        rows = table.read_text().splitlines()[1:] if table.exists() else []
        for fields in (row.split() for row in rows):
            if fields[3] == listening and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes
