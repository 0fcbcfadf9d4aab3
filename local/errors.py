"""The base of errors that end a local command with a sentence instead of a traceback."""

from __future__ import annotations


class LocalError(Exception):
    """A problem on this machine; the message says what it is, and what to do."""
