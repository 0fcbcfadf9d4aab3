"""Where an operator's commands look: by option, environment or azd, in that order, told in the app's own names."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ops import place
from ops.errors import OpsError
from ops.place import Options, find

AZD = {
    "AZURE_FUNCTION_APP_NAME": "func-azd",
    "KEY_VAULT_NAME": "kv-azd",
    "KEY_VAULT_URL": "https://kv-azd.vault.azure.net/",
    "QUEUE_ENDPOINT": "https://stazd.queue.core.windows.net/",
    "TABLE_ENDPOINT": "https://stazd.table.core.windows.net/",
    "HEALTH_URL": "https://voice.example.com/api/health",
    "TWILIO_ACCOUNT_SID": "AC" + "a" * 32,
    "TWILIO_FROM": "+15005550001",
}

GATEWAY = "https://apim.example.com/twilio"


def nothing() -> Mapping[str, str]:
    """There is no azd."""
    return {}


def environ_of(options: Options, environ: Mapping[str, str], azd: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """What is found, in the app's names."""
    return find(options, environ, lambda: azd or {}).environ


def test_options_name_the_parts() -> None:
    """Names become the addresses that Azure gives them."""
    found = environ_of(Options(app="func-a", storage="sta", vault="kv-a"), {})
    assert found == {
        place.QUEUES: "https://sta.queue.core.windows.net",
        place.TABLES: "https://sta.table.core.windows.net",
        place.VAULT: "https://kv-a.vault.azure.net",
        place.ORIGIN: "https://func-a.azurewebsites.net",
    }


def test_azds_outputs_are_enough() -> None:
    """Those of infra/main.bicep, and what was set by `azd env set`."""
    found = environ_of(Options(), {}, AZD)
    assert found == {
        place.QUEUES: AZD["QUEUE_ENDPOINT"],
        place.TABLES: AZD["TABLE_ENDPOINT"],
        place.VAULT: AZD["KEY_VAULT_URL"],
        place.ORIGIN: "https://voice.example.com",
        place.ACCOUNT: AZD["TWILIO_ACCOUNT_SID"],
        "TWILIO_FROM": "+15005550001",
    }


def test_a_gateways_path_is_part_of_where_the_app_is() -> None:
    """As the app itself reads it from PUBLIC_BASE_URL, or as azd says it in HEALTH_URL."""
    for named in ({"PUBLIC_BASE_URL": f"{GATEWAY}/"}, {"HEALTH_URL": f"{GATEWAY}/api/health"}):
        assert environ_of(Options(), {}, named)[place.ORIGIN] == GATEWAY


def test_an_option_goes_before_the_environment_and_that_before_azd() -> None:
    """The nearest to the operator's hand wins, each name for itself."""
    environ = {"KEY_VAULT_NAME": "kv-env", "AZURE_STORAGE_ACCOUNT": "stenv"}
    found = environ_of(Options(storage="stopt"), environ, AZD)
    assert found[place.QUEUES] == "https://stopt.queue.core.windows.net"
    assert found[place.TABLES] == "https://stopt.table.core.windows.net"
    assert found[place.VAULT] == "https://kv-env.vault.azure.net"
    assert found[place.ORIGIN] == "https://voice.example.com"


def test_azd_is_not_asked_when_all_is_known() -> None:
    """It takes a second."""

    def never() -> Mapping[str, str]:
        raise AssertionError("azd was asked")

    environ = {**AZD, "TWILIO_MESSAGING_SERVICE_SID": "MG" + "1" * 32}
    assert find(Options(), environ, never).environ[place.ACCOUNT] == AZD["TWILIO_ACCOUNT_SID"]


def test_what_is_missing_is_told_with_each_way_to_say_it() -> None:
    """Option, environment variable, azd."""
    with pytest.raises(OpsError, match=r"--storage ACCOUNT, or set AZURE_STORAGE_ACCOUNT, .*azd env get-values"):
        find(Options(), {}, nothing).require(place.QUEUES)


def test_a_local_token_is_nobodys_in_azure() -> None:
    """Settings of a developer's machine that lie in the environment do not reach Azure."""
    environ = {"TWILIO_AUTH_TOKEN": "local", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    assert environ_of(Options(), environ) == {}


def test_lines_of_azd_are_read() -> None:
    """Quoted or not; what is no setting is left out."""
    assert place.parse('A="1"\nB=two\n\nnot a setting\n') == {"A": "1", "B": "two"}


def test_a_place_shows_no_secret() -> None:
    """Its environment may hold a key."""
    assert "secret" not in repr(place.Place(True, {"TWILIO_AUTH_TOKEN": "secret"}))
