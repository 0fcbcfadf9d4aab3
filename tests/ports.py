"""Ports for servers that a test starts itself, safe while other workers start theirs."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A loopback port that the kernel gives to no other program within the next minute.

    A server that listens on it explicitly gets it; until then a connection to it is refused. A port that was only
    bound and closed could go to another worker's server before this test's own server is up.
    """
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        port: int = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            # The side that closes first keeps the port, in TIME_WAIT.
            server.accept()[0].close()
            client.recv(1)
    return port
