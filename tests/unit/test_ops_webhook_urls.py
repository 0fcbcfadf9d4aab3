"""The webhook URLs of a number or service, their changes, and the earlier values."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.errors import OpsError
from ops.webhook_urls import Change, UrlHistory, changes, number_fields, service_fields

ORIGIN = "https://voice.example.com"
SID = "PN" + "1" * 32
MADE = [Change("voice_url", "https://old.example.com", ORIGIN + "/api/voice/incoming")]


def test_urls_that_carry_data_have_the_retry_fragment() -> None:
    """Those of texts and statuses, not that of calls: a caller must not wait for retries."""
    number, service = number_fields(ORIGIN), service_fields(ORIGIN)
    assert number["voice_url"] == f"{ORIGIN}/api/voice/incoming"
    for url in (number["sms_url"], number["status_callback"], service["inbound_request_url"]):
        assert isinstance(url, str)
        assert url.endswith("#rc=3&rp=all")
    assert service["status_callback"] == f"{ORIGIN}/api/status/sms#rc=3&rp=all"


def test_every_url_includes_the_path_of_a_gateway() -> None:
    """Twilio requests the gateway, not the app."""
    gateway = "https://apim.example.com/twilio"
    fields = {**number_fields(gateway), **service_fields(gateway)}
    urls = [value for value in fields.values() if isinstance(value, str) and "://" in value]
    assert len(urls) == 4
    assert all(url.startswith(f"{gateway}/api/") for url in urls)


def test_fallbacks_change_only_when_given() -> None:
    """Somebody may have set one by hand."""
    assert not [field for field in number_fields(ORIGIN) if "fallback" in field]
    given = number_fields(ORIGIN, "https://a.example.com", "https://b.example.com")
    assert (given["voice_fallback_url"], given["sms_fallback_url"]) == (
        "https://a.example.com",
        "https://b.example.com",
    )


def test_only_differences_are_changes() -> None:
    """Null and empty are the same to Twilio."""
    resource = SimpleNamespace(voice_url="https://old.example.com", voice_application_sid=None, flag=None)
    wanted: dict[str, str | bool] = {"voice_url": "https://new.example.com", "voice_application_sid": "", "flag": False}
    assert changes(resource, wanted) == [Change("voice_url", "https://old.example.com", "https://new.example.com")]


def test_an_application_is_removed() -> None:
    """Twilio would use it instead of the URLs."""
    resource = SimpleNamespace(**number_fields(ORIGIN) | {"sms_application_sid": "AP1"})
    assert changes(resource, number_fields(ORIGIN)) == [Change("sms_application_sid", "AP1", "")]


def test_each_change_can_be_undone_in_reverse_order(tmp_path: Path) -> None:
    """The file has all of them."""
    history = UrlHistory(tmp_path / "deep" / "pointed.json")
    history.push(SID, MADE)
    history.push(SID, [Change("voice_url", "https://between.example.com", "")])
    assert history.last(SID) == {"voice_url": "https://between.example.com"}
    history.pop(SID)
    assert history.last(SID) == {"voice_url": "https://old.example.com"}
    history.pop(SID)
    with pytest.raises(OpsError, match="has no earlier values"):
        history.last(SID)


def test_only_the_owner_can_read_the_file(tmp_path: Path) -> None:
    """A URL can contain a password."""
    UrlHistory(tmp_path / "pointed.json").push(SID, MADE)
    assert stat.S_IMODE((tmp_path / "pointed.json").stat().st_mode) == 0o600


def test_an_unreadable_file_is_not_overwritten(tmp_path: Path) -> None:
    """It is the only record of the earlier values."""
    path = tmp_path / "pointed.json"
    path.write_text("not JSON")
    with pytest.raises(OpsError, match="cannot be read"):
        UrlHistory(path).push(SID, MADE)
    assert path.read_text() == "not JSON"
