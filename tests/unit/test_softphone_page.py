"""The softphone's page on a developer's machine: one more script, and the stand-in in its policy."""

from __future__ import annotations

import pytest

from local.softphone_page import SCRIPT, amendments, with_script, with_standin

STANDIN = "ws://127.0.0.1:7072"


def test_the_tag_comes_before_the_first_script() -> None:
    """The SDK then finds the other WebSocket."""
    page = '<head><title>a</title><script src="client/twilio.min.js"></script><script src="client/main.js"></script>'
    changed = with_script(page)
    assert changed.index("client/local.js") < changed.index("client/twilio.min.js")
    assert changed.count("client/local.js") == 1


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        (
            "default-src 'none'; connect-src 'self' wss://voice-js.roaming.twilio.com; media-src 'self' mediastream:",
            f"default-src 'none'; connect-src 'self' {STANDIN}; media-src 'self' mediastream:",
        ),
        ("connect-src wss://a.twilio.com https://b.twilio.com", f"connect-src {STANDIN}"),
        ("default-src 'self';", "default-src 'self'"),
    ],
)
def test_the_stand_in_replaces_all_hosts_of_connect_src(policy: str, wanted: str) -> None:
    """Other directives stay as they are."""
    assert with_standin(policy, STANDIN) == wanted


def test_the_script_names_the_stand_in() -> None:
    """By the port of this stack."""
    source = amendments("http://127.0.0.1:8072").files[SCRIPT].text
    assert '"ws://127.0.0.1:8072/signal"' in source
    assert "STANDIN" not in source
