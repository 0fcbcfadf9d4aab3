"""How a stand-in is set up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.twilio.records import Fetch


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How fast things happen, in real seconds.

    `step` lies between two states of a text or call, `ring` before a phone is picked up. Whatever TwiML makes a caller
    wait for (pauses, timeouts, music) takes no longer than `longest_wait`; its simulated length is what Twilio is told.
    That is for people who follow a script. Who holds a handset of the page hears each simulated second of a prompt for
    `hearing` seconds, and is waited for `waiting` seconds; while the page is loaded again they are away for `grace`
    seconds without having hung up.
    """

    step: float = 0.2
    ring: float = 0.5
    longest_wait: float = 0.05
    hearing: float = 1
    waiting: float = 1
    grace: float = 3


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long the stand-in waits for the app, in seconds: Twilio's own limits."""

    connect: float = 5
    answer: float = 15


@dataclass(frozen=True, kw_only=True)
class StandInOptions:
    """One account with one number, and the app that its webhooks go to.

    Webhooks are signed for `public_url`, the origin the app believes in, and sent to `app_url`. `port` 0 takes any
    free one. `status_callback` is the one configured on the number, which hears of each incoming call's end: "" for
    none, absent for the app's own.
    """

    account_sid: str
    auth_token: str
    port: int = 7072
    api_key_sid: str = ""
    api_key_secret: str = ""
    app_url: str = "http://127.0.0.1:7071"
    public_url: str = ""
    number: str = "+15005550001"
    status_callback: str | None = None
    fallback_url: str = ""
    phones: tuple[str, ...] = ("+15005550006", "+15005550009")
    pace: Pace = field(default_factory=Pace)
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], datetime] = now

    @property
    def public_origin(self) -> str:
        """The origin that webhooks are signed for, without a slash at its end."""
        return (self.public_url or self.app_url).rstrip("/")

    @property
    def fallback(self) -> Fetch | None:
        """What is asked when the app fails."""
        return Fetch(url=self.fallback_url) if self.fallback_url else None

    @property
    def number_status_callback(self) -> str:
        """What hears of the end of an incoming call."""
        if self.status_callback is None:
            return f"{self.public_origin}/api/status/call#rc=3&rp=all"
        return self.status_callback
