"""The page that builds a Twimlet's URL, as the Functions host serves it."""

import pytest

from switchboard import services
from switchboard.blueprints import twimlets
from tests.fakes import ENVIRONMENT, FakeServices
from tests.functions import serving, user_function


async def test_the_page_must_not_be_framed_or_cached() -> None:
    """Its URL may contain a function key."""
    with serving(FakeServices()):
        answer = await user_function(twimlets.twimlets_page)(req=None)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert answer.get_body().decode().startswith("<!DOCTYPE html>")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy


async def test_without_settings_the_page_is_not_ready(caplog: pytest.LogCaptureFixture) -> None:
    """503, with where to look."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ENVIRONMENT:
            patch.delenv(name, raising=False)
        previous = services.replace(None)
        try:
            answer = await user_function(twimlets.twimlets_page)(req=None)
        finally:
            services.replace(previous)
    assert answer.status_code == 503
    assert b"/api/health" in answer.get_body()
    assert "event=page_unready" in caplog.text
