"""Settings from the environment: every problem is named at once, and no value is shown."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from switchboard.errors import ConfigurationError
from switchboard.settings import Settings

EXAMPLE: dict[str, str] = json.loads((Path(__file__).parents[2] / "local.settings.example.json").read_text())["Values"]
AZURE: Mapping[str, str] = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "KEY_VAULT_URL": "https://example.vault.azure.net/",
    "WEBSITE_HOSTNAME": "example.azurewebsites.net",
}
LOCAL: Mapping[str, str] = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token-of-the-test",
    "PUBLIC_BASE_URL": "http://127.0.0.1:7071",
}


def problem_of(environ: Mapping[str, str]) -> str:
    """The message of the error."""
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environ(environ)
    return str(raised.value)


def names_of(environ: Mapping[str, str]) -> list[str]:
    """The settings that the error names, in order."""
    return re.findall(r"(?:^|; )([A-Z0-9_]+): ", problem_of(environ))


def test_the_example_file_is_valid() -> None:
    """A copy of local.settings.example.json works on a developer's machine."""
    settings = Settings.from_environ(EXAMPLE | {"AZURE_FUNCTIONS_ENVIRONMENT": "Development"})
    assert settings.sender == "+15005550001"
    assert (settings.ignored, settings.moved) == ((), ())


def test_three_settings_are_enough_in_azure() -> None:
    """The account, the vault, and the host name that Azure sets."""
    settings = Settings.from_environ(AZURE)
    assert settings.public_origin == "https://example.azurewebsites.net"
    assert not settings.local


def test_public_base_url_replaces_the_host_name() -> None:
    """For a custom domain or Front Door."""
    settings = Settings.from_environ({**AZURE, "PUBLIC_BASE_URL": "https://voice.example.com/"})
    assert settings.public_origin == "https://voice.example.com"


def test_an_empty_setting_is_absent() -> None:
    """Azure's portal and a settings file both leave empty values."""
    empty = {name: "" for name in EXAMPLE if name not in {"TWILIO_ACCOUNT_SID", "AzureWebJobsStorage"}}
    assert Settings.from_environ({**empty, **AZURE}) == Settings.from_environ(AZURE)


def test_every_problem_is_named_at_once() -> None:
    """One deployment is enough to see all of them."""
    wrong = {
        "TWILIO_ACCOUNT_SID": "AC1",
        "PUBLIC_BASE_URL": "voice.example.com",
        "TWILIO_API_KEY_SID": "AC2",
        "TWILIO_MESSAGING_SERVICE_SID": "MG3",
        "ALLOWED_DESTINATIONS": "351",
    }
    assert set(names_of(wrong)) == {*wrong, "KEY_VAULT_URL"}


def test_an_empty_environment_names_every_required_setting() -> None:
    """A new deployment lacks them."""
    assert set(names_of({})) == {"TWILIO_ACCOUNT_SID", "PUBLIC_BASE_URL", "KEY_VAULT_URL"}


@pytest.mark.parametrize(
    "name",
    [
        "TWILIO_ACCOUNT_SID",
        "PUBLIC_BASE_URL",
        "KEY_VAULT_URL",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_API_BASE_URL",
        "TWILIO_API_KEY_SID",
        "TWILIO_MESSAGING_SERVICE_SID",
        "ALLOWED_DESTINATIONS",
    ],
)
def test_a_problem_never_shows_the_value(name: str) -> None:
    """A secret in the wrong setting must not get into a log."""
    environ = {**AZURE, name: "s3cret-value"}
    assert name in names_of(environ)
    assert "s3cret-value" not in problem_of(environ)


@pytest.mark.parametrize("name", ["TWILIO_TWIML_APP_SID", "TWILIO_REGION"])
def test_a_wrong_setting_of_the_softphone_leaves_the_line_up(name: str) -> None:
    """It is as good as absent, and the health page names it."""
    settings = Settings.from_environ({**AZURE, name: "eu1"})
    assert (settings.twiml_app_sid, settings.region, settings.edge) == ("", "", "")
    assert settings.ignored[0].startswith(f"{name}: expected ")


def test_an_invalid_vault_url_is_one_problem() -> None:
    """It is not reported as missing too."""
    assert names_of({**AZURE, "KEY_VAULT_URL": "http://example.vault.azure.net"}) == ["KEY_VAULT_URL"]


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TWILIO_API_BASE_URL"])
@pytest.mark.parametrize("environment", ["", "Production", "development"])
def test_a_local_setting_is_refused_in_azure(name: str, environment: str) -> None:
    """A token must be in Key Vault, not in an app setting."""
    value = {"TWILIO_AUTH_TOKEN": "t", "TWILIO_API_BASE_URL": "http://127.0.0.1:7072"}[name]
    assert names_of({**AZURE, "AZURE_FUNCTIONS_ENVIRONMENT": environment, name: value}) == [name]


@pytest.mark.parametrize("url", ["http://127.0.0.1:7072", "http://localhost:7072/", "http://[::1]:7072"])
def test_the_stand_in_is_at_a_loopback_address(url: str) -> None:
    """In each form of it."""
    assert Settings.from_environ({**LOCAL, "TWILIO_API_BASE_URL": url}).api_base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://10.0.0.1:7072",
        "https://api.twilio.com",
        "http://127.0.0.1.example.com",
        "http://127.0.0.1@example.com",
        "http://0.0.0.0:7072",
        "127.0.0.1:7072",
        "http://[::1",
        "http://127.0.0.1:99999",
    ],
)
def test_another_address_of_the_stand_in_is_refused(url: str) -> None:
    """A typing error must not send credentials to another machine."""
    assert names_of({**LOCAL, "TWILIO_API_BASE_URL": url}) == ["TWILIO_API_BASE_URL"]


@pytest.mark.parametrize(
    "url",
    [
        "http://voice.example.com",
        "voice.example.com",
        "https://voice.example.com/api",
        "https://apim.example.com/twilio/api/",
        "https://voice.example.com/a b",
        "https://voice.example.com//twilio",
        "https://voice.example.com/twilio?x=1",
        "https://voice.example.com?x=1",
        "https://voice.example.com#x",
        "https://user@voice.example.com",
        "https://voice example.com",
        "https://voice.example.com:99999",
        "https://",
        "ftp://voice.example.com",
    ],
)
def test_the_public_origin_is_an_https_url_without_query_or_api_path(url: str) -> None:
    """Twilio signs this value, followed by a route."""
    assert names_of({**AZURE, "PUBLIC_BASE_URL": url}) == ["PUBLIC_BASE_URL"]


@pytest.mark.parametrize("url", ["https://apim.example.com/twilio", "https://apim.example.com:8443/voice/v2/"])
def test_the_public_origin_may_have_the_path_of_a_gateway(url: str) -> None:
    """A slash at its end is ignored."""
    assert Settings.from_environ({**AZURE, "PUBLIC_BASE_URL": url}).public_origin == url.rstrip("/")


def test_plain_http_is_valid_on_a_developers_machine() -> None:
    """The local host has no certificate."""
    assert Settings.from_environ(LOCAL).public_origin == "http://127.0.0.1:7071"


def test_a_wrong_operator_number_is_ignored_and_reported() -> None:
    """A typing error there must not take the phone line down; the health page names it."""
    settings = Settings.from_environ({**AZURE, "OPERATOR_NUMBER": "0912"})
    assert [problem.partition(":")[0] for problem in settings.ignored] == ["OPERATOR_NUMBER"]
    assert "0912" not in settings.ignored[0]
    assert settings.operator_number == ""


@pytest.mark.parametrize(
    ("name", "field"), [("VOICE_LANGUAGE", "language"), ("VOICE_NAME", "voice"), ("BLOCKED_CALLERS", "blocked")]
)
def test_a_setting_that_has_moved_says_where_it_belongs_now(name: str, field: str) -> None:
    """It is not read any more, and stops nothing. Its value is not shown: it may be a number."""
    settings = Settings.from_environ({**AZURE, name: "+15005550666"})
    assert settings.moved == (f"{name}: no longer read; write {field} = … in numbers.toml",)
    assert settings.ignored == ()
    assert Settings.from_environ({**AZURE, name: " "}).moved == ()


def test_destinations_are_country_prefixes() -> None:
    """Separated by commas, with or without spaces."""
    settings = Settings.from_environ({**AZURE, "ALLOWED_DESTINATIONS": "+351, +1, sip:"})
    assert settings.allowed_destinations == ("+351", "+1", "sip:")


def test_settings_do_not_show_themselves() -> None:
    """They may be in a traceback or a log line by accident."""
    shown = repr(Settings.from_environ({**LOCAL, "OPERATOR_NUMBER": "+15005550009"}))
    assert "token-of-the-test" not in shown
    assert "+1500" not in shown


DELIVERY = {
    "DELIVERY_CLAIM_SECONDS": ("claim_seconds", 120, 4, 3600),
    "DELIVERY_SETTLE_SECONDS": ("settle_seconds", 300, 1, 86_400),
    "RETENTION_DAYS": ("retention_days", 30, 8, 36_500),
}


@pytest.mark.parametrize(("name", "field", "default", "least", "most"), [(k, *v) for k, v in DELIVERY.items()])
def test_a_number_within_its_limits_is_used(name: str, field: str, default: int, least: int, most: int) -> None:
    """Both limits included; the default when it is absent."""
    assert getattr(Settings.from_environ(AZURE), field) == default
    for value in (least, most):
        assert getattr(Settings.from_environ({**AZURE, name: str(value)}), field) == value


@pytest.mark.parametrize("name", DELIVERY)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e3", "ten", "10 s", "٣٠", "9" * 20])
def test_a_number_outside_its_limits_is_a_problem(name: str, value: str) -> None:
    """The app does not start with a claim of no seconds, which would send everything twice."""
    _, _, least, most = DELIVERY[name]
    assert problem_of({**AZURE, name: value}) == f"{name}: expected a whole number from {least} to {most}"
