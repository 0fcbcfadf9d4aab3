"""Settings are read from the environment, and all that is wrong is named at once, never shown."""

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
    """What the error says."""
    with pytest.raises(ConfigurationError) as raised:
        Settings.from_environ(environ)
    return str(raised.value)


def names_of(environ: Mapping[str, str]) -> list[str]:
    """The settings that it names as wrong, in its order."""
    return re.findall(r"(?:^|; )([A-Z0-9_]+): ", problem_of(environ))


def test_the_example_is_good_as_it_stands() -> None:
    """A copy of local.settings.example.json works on a developer's machine."""
    settings = Settings.from_environ(EXAMPLE | {"AZURE_FUNCTIONS_ENVIRONMENT": "Development"})
    assert settings.sender == "+15005550001"
    assert (settings.ignored, settings.moved) == ((), ())


def test_three_settings_are_enough_in_azure() -> None:
    """The account, the vault, and the host name that Azure sets itself."""
    settings = Settings.from_environ(AZURE)
    assert settings.public_origin == "https://example.azurewebsites.net"
    assert not settings.local


def test_the_public_origin_is_the_setting_where_there_is_one() -> None:
    """A custom domain or Front Door: not the host name that Azure knows."""
    settings = Settings.from_environ({**AZURE, "PUBLIC_BASE_URL": "https://voice.example.com/"})
    assert settings.public_origin == "https://voice.example.com"


def test_empty_is_absent() -> None:
    """Azure's portal and a settings file both leave empty values behind."""
    empty = {name: "" for name in EXAMPLE if name not in {"TWILIO_ACCOUNT_SID", "AzureWebJobsStorage"}}
    assert Settings.from_environ({**empty, **AZURE}) == Settings.from_environ(AZURE)


def test_every_problem_is_named_at_once() -> None:
    """Nobody mends one, deploys, and meets the next."""
    wrong = {
        "TWILIO_ACCOUNT_SID": "AC1",
        "PUBLIC_BASE_URL": "voice.example.com",
        "TWILIO_API_KEY_SID": "AC2",
        "TWILIO_MESSAGING_SERVICE_SID": "MG3",
        "ALLOWED_DESTINATIONS": "351",
    }
    assert set(names_of(wrong)) == {*wrong, "KEY_VAULT_URL"}


def test_nothing_set_names_all_that_is_required() -> None:
    """What a new deployment lacks."""
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
    """A secret in the wrong place must not be in a log as well."""
    environ = {**AZURE, name: "s3cret-value"}
    assert name in names_of(environ)
    assert "s3cret-value" not in problem_of(environ)


def test_a_vault_that_is_misspelt_is_one_problem() -> None:
    """It is set, so it is not said to be missing as well."""
    assert names_of({**AZURE, "KEY_VAULT_URL": "http://example.vault.azure.net"}) == ["KEY_VAULT_URL"]


@pytest.mark.parametrize("name", ["TWILIO_AUTH_TOKEN", "TWILIO_API_BASE_URL"])
@pytest.mark.parametrize("environment", ["", "Production", "development"])
def test_what_is_for_a_developers_machine_is_refused_elsewhere(name: str, environment: str) -> None:
    """A token in an app setting is what Key Vault is there to avoid."""
    value = {"TWILIO_AUTH_TOKEN": "t", "TWILIO_API_BASE_URL": "http://127.0.0.1:7072"}[name]
    assert names_of({**AZURE, "AZURE_FUNCTIONS_ENVIRONMENT": environment, name: value}) == [name]


@pytest.mark.parametrize("url", ["http://127.0.0.1:7072", "http://localhost:7072/", "http://[::1]:7072"])
def test_the_stand_in_may_be_on_this_machine(url: str) -> None:
    """Loopback in each of its spellings."""
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
def test_the_stand_in_is_nowhere_else(url: str) -> None:
    """Credentials must not leave this machine by a typing error."""
    assert names_of({**LOCAL, "TWILIO_API_BASE_URL": url}) == ["TWILIO_API_BASE_URL"]


@pytest.mark.parametrize(
    "url",
    [
        "http://voice.example.com",
        "voice.example.com",
        "https://voice.example.com/api",
        "https://voice.example.com?x=1",
        "https://voice.example.com#x",
        "https://user@voice.example.com",
        "https://voice example.com",
        "https://voice.example.com:99999",
        "https://",
        "ftp://voice.example.com",
    ],
)
def test_the_public_origin_is_an_https_origin(url: str) -> None:
    """A path or a query there would be signed by nobody."""
    assert names_of({**AZURE, "PUBLIC_BASE_URL": url}) == ["PUBLIC_BASE_URL"]


def test_plain_http_is_good_on_a_developers_machine() -> None:
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
    settings = Settings.from_environ({**AZURE, "ALLOWED_DESTINATIONS": "+351, +1"})
    assert settings.allowed_destinations == ("+351", "+1")


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
def test_a_number_is_taken_within_its_limits(name: str, field: str, default: int, least: int, most: int) -> None:
    """Both ends included; absent, it is the default."""
    assert getattr(Settings.from_environ(AZURE), field) == default
    for value in (least, most):
        assert getattr(Settings.from_environ({**AZURE, name: str(value)}), field) == value


@pytest.mark.parametrize("name", DELIVERY)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "1e3", "ten", "10 s", "٣٠", "9" * 20])
def test_a_number_beyond_its_limits_is_named(name: str, value: str) -> None:
    """A claim of no seconds would send everything twice: the app does not start with it."""
    _, _, least, most = DELIVERY[name]
    assert problem_of({**AZURE, name: value}) == f"{name}: expected a whole number from {least} to {most}"
