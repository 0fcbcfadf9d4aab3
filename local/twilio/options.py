"""The options of a stand-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from local.run_key import new_key
from switchboard.urls import status_url

# The stand-in's own test credentials, as Twilio's console shows some for each account.
TEST_ACCOUNT_SID = "AC" + "7e57" * 8
TEST_AUTH_TOKEN = "test-token-of-the-stand-in"  # noqa: S105  # of this machine only


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long things take, in real seconds.

    `step` is the time between two states of a text or call, `ring` the time before a script answers. A script waits
    for pauses, timeouts and music no longer than `longest_wait`; webhooks carry the simulated duration. For a person at
    the page, a simulated second of a prompt takes `hearing` seconds, and of any other wait `waiting` seconds. A page
    that is loaded again within `grace` seconds keeps its calls. A softphone gets a heartbeat each `heartbeat` seconds;
    one whose connection is lost keeps its call for `reconnect` seconds.
    """

    step: float = 0.2
    ring: float = 0.5
    longest_wait: float = 0.05
    hearing: float = 1
    waiting: float = 1
    grace: float = 3
    heartbeat: float = 5
    reconnect: float = 30


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Twilio's own limits, in seconds: to connect to the app, and for its answer."""

    connect: float = 5
    answer: float = 15


@dataclass(frozen=True, kw_only=True)
class StandInOptions:
    """One account with one number, and the app that receives its webhooks.

    Webhooks are signed for `public_url`, the origin in the app's settings, and sent to `app_url`. `port` 0 takes any
    free port. `status_callback` is the number's callback at the end of incoming calls: "" for none, None for the
    app's own route. `twiml_app_sid` is the account's first TwiML app, "" for none. `phones` are the first handsets of
    the page. `key` is required by everything under /standin. With the credentials of the test account a request gets
    magic numbers, and nothing is sent.
    """

    account_sid: str
    auth_token: str
    port: int = 7072
    api_key_sid: str = ""
    api_key_secret: str = ""
    twiml_app_sid: str = ""
    test_account_sid: str = TEST_ACCOUNT_SID
    test_auth_token: str = field(default=TEST_AUTH_TOKEN, repr=False)
    app_url: str = "http://127.0.0.1:7071"
    public_url: str = ""
    number: str = "+15005550001"
    status_callback: str | None = None
    fallback_url: str = ""
    phones: tuple[str, ...] = ("+15005550006", "+15005550009")
    pace: Pace = field(default_factory=Pace)
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], datetime] = now
    key: str = field(default_factory=new_key, repr=False)

    @property
    def public_origin(self) -> str:
        """The origin for signatures, without a slash at its end."""
        return (self.public_url or self.app_url).rstrip("/")

    @property
    def number_status_callback(self) -> str:
        """The callback URL at the end of an incoming call, "" for none."""
        if self.status_callback is None:
            return status_url(self.public_origin, "call")
        return self.status_callback
