"""Which URLs a number or service gets, what that changes, and how it was before."""

from __future__ import annotations

import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from ops.errors import OpsError
from ops.pointing import Change, Memory, changes, wanted_of_number, wanted_of_service

ORIGIN = "https://voice.example.com"
SID = "PN" + "1" * 32
MADE = [Change("voice_url", "https://old.example.com", ORIGIN + "/api/voice/incoming")]


def test_what_carries_data_is_asked_again() -> None:
    """Texts and statuses end in Twilio's retry fragment; a caller on the line is not made to wait for retries."""
    number, service = wanted_of_number(ORIGIN), wanted_of_service(ORIGIN)
    assert number["voice_url"] == f"{ORIGIN}/api/voice/incoming"
    for url in (number["sms_url"], number["status_callback"], service["inbound_request_url"]):
        assert isinstance(url, str)
        assert url.endswith("#rc=3&rp=all")
    assert service["status_callback"] == f"{ORIGIN}/api/status/sms#rc=3&rp=all"


def test_a_gateways_path_is_in_every_url() -> None:
    """Twilio calls the gateway, not the app."""
    gateway = "https://apim.example.com/twilio"
    fields = {**wanted_of_number(gateway), **wanted_of_service(gateway)}
    urls = [value for value in fields.values() if isinstance(value, str) and "://" in value]
    assert len(urls) == 4
    assert all(url.startswith(f"{gateway}/api/") for url in urls)


def test_fallbacks_are_left_alone_unless_given() -> None:
    """Somebody may have set one."""
    assert not [field for field in wanted_of_number(ORIGIN) if "fallback" in field]
    given = wanted_of_number(ORIGIN, "https://a.example.com", "https://b.example.com")
    assert (given["voice_fallback_url"], given["sms_fallback_url"]) == (
        "https://a.example.com",
        "https://b.example.com",
    )


def test_only_what_differs_is_changed() -> None:
    """Null and empty are the same to Twilio."""
    resource = SimpleNamespace(voice_url="https://old.example.com", voice_application_sid=None, flag=None)
    wanted: dict[str, str | bool] = {"voice_url": "https://new.example.com", "voice_application_sid": "", "flag": False}
    assert changes(resource, wanted) == [Change("voice_url", "https://old.example.com", "https://new.example.com")]


def test_an_application_is_taken_off() -> None:
    """It would go before the URLs."""
    resource = SimpleNamespace(**wanted_of_number(ORIGIN) | {"sms_application_sid": "AP1"})
    assert changes(resource, wanted_of_number(ORIGIN)) == [Change("sms_application_sid", "AP1", "")]


def test_each_change_can_be_undone_the_last_first(tmp_path: Path) -> None:
    """The file keeps all of them."""
    memory = Memory(tmp_path / "deep" / "pointed.json")
    memory.push(SID, MADE)
    memory.push(SID, [Change("voice_url", "https://between.example.com", "")])
    assert memory.last(SID) == {"voice_url": "https://between.example.com"}
    memory.pop(SID)
    assert memory.last(SID) == {"voice_url": "https://old.example.com"}
    memory.pop(SID)
    with pytest.raises(OpsError, match="does not say how"):
        memory.last(SID)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """A URL may hold a password."""
    Memory(tmp_path / "pointed.json").push(SID, MADE)
    assert stat.S_IMODE((tmp_path / "pointed.json").stat().st_mode) == 0o600


def test_a_file_that_cannot_be_read_is_not_written_over(tmp_path: Path) -> None:
    """What it says is the only way back."""
    path = tmp_path / "pointed.json"
    path.write_text("not JSON")
    with pytest.raises(OpsError, match="cannot be read"):
        Memory(path).push(SID, MADE)
    assert path.read_text() == "not JSON"
