"""Finding a deployment by option, environment or azd, in that order, under the names of the app's settings."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ops import deployment
from ops.deployment import Options, find_deployment
from ops.errors import OpsError
from switchboard.settings import KEY_VAULT_URL, PUBLIC_BASE_URL

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
    """Returns the values without azd."""
    return {}


def environ_of(options: Options, environ: Mapping[str, str], azd: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Returns the settings found."""
    return find_deployment(options, environ, lambda: azd or {}).environ


def test_options_name_the_parts() -> None:
    """Names become addresses as Azure assigns them."""
    found = environ_of(Options(app="func-a", storage="sta", vault="kv-a"), {})
    assert found == {
        deployment.QUEUE_ENDPOINT: "https://sta.queue.core.windows.net",
        deployment.TABLE_ENDPOINT: "https://sta.table.core.windows.net",
        KEY_VAULT_URL: "https://kv-a.vault.azure.net",
        PUBLIC_BASE_URL: "https://func-a.azurewebsites.net",
    }


def test_the_values_of_azd_are_enough() -> None:
    """The outputs of infra/main.bicep, and what `azd env set` sets."""
    found = environ_of(Options(), {}, AZD)
    assert found == {
        deployment.QUEUE_ENDPOINT: AZD["QUEUE_ENDPOINT"],
        deployment.TABLE_ENDPOINT: AZD["TABLE_ENDPOINT"],
        KEY_VAULT_URL: AZD["KEY_VAULT_URL"],
        PUBLIC_BASE_URL: "https://voice.example.com",
        deployment.ACCOUNT_SID: AZD["TWILIO_ACCOUNT_SID"],
        "TWILIO_FROM": "+15005550001",
    }


@pytest.mark.parametrize(
    "values", [{"PUBLIC_BASE_URL": f"{GATEWAY}/"}, {"HEALTH_URL": f"{GATEWAY}/api/health"}], ids=["setting", "output"]
)
def test_the_public_url_includes_the_path_of_a_gateway(values: Mapping[str, str]) -> None:
    """From the setting as the app reads it, or from azd's HEALTH_URL."""
    assert environ_of(Options(), {}, values)[PUBLIC_BASE_URL] == GATEWAY


def test_options_precede_the_environment_and_that_precedes_azd() -> None:
    """For each setting separately."""
    environ = {"KEY_VAULT_NAME": "kv-env", "AZURE_STORAGE_ACCOUNT": "stenv"}
    found = environ_of(Options(storage="stopt"), environ, AZD)
    assert found[deployment.QUEUE_ENDPOINT] == "https://stopt.queue.core.windows.net"
    assert found[deployment.TABLE_ENDPOINT] == "https://stopt.table.core.windows.net"
    assert found[KEY_VAULT_URL] == "https://kv-env.vault.azure.net"
    assert found[PUBLIC_BASE_URL] == "https://voice.example.com"


def test_azd_does_not_run_when_every_value_is_known() -> None:
    """It takes a second."""

    def never() -> Mapping[str, str]:
        raise AssertionError("azd ran")

    environ = {**AZD, "TWILIO_MESSAGING_SERVICE_SID": "MG" + "1" * 32}
    assert find_deployment(Options(), environ, never).environ[deployment.ACCOUNT_SID] == AZD["TWILIO_ACCOUNT_SID"]


def test_a_missing_value_is_an_error_with_the_ways_to_set_it() -> None:
    """Option, environment variable, azd."""
    with pytest.raises(OpsError, match=r"--storage ACCOUNT, or set AZURE_STORAGE_ACCOUNT, .*azd env get-values"):
        find_deployment(Options(), {}, nothing).require(deployment.QUEUE_ENDPOINT)


def test_local_settings_are_not_used_for_azure() -> None:
    """Neither a local token nor local storage, when the environment has them."""
    environ = {"TWILIO_AUTH_TOKEN": "local", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    assert environ_of(Options(), environ) == {}


def test_lines_of_azd_are_read() -> None:
    """Quoted or not; other lines are ignored."""
    assert deployment.parse_lines('A="1"\nB=two\n\nnot a setting\n') == {"A": "1", "B": "two"}


def test_the_representation_has_no_secret() -> None:
    """Its environment may contain a key."""
    assert "secret" not in repr(deployment.Deployment(True, {"TWILIO_AUTH_TOKEN": "secret"}))
