"""What ends a command of the local stack with a sentence instead of a traceback."""

from __future__ import annotations


class LocalError(Exception):
    """Something on this machine is not as it has to be; the message says what, and what to do."""
