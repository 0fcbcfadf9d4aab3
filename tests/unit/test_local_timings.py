"""How long a lost answer takes to settle on the local stack."""

from local import timings
from switchboard.settings import Settings
from tests.fakes import ENVIRONMENT


def test_a_lost_answer_settles_in_seconds() -> None:
    """By the app's own settings, which accept the values."""
    environ = {**ENVIRONMENT, "DELIVERY_SETTLE_SECONDS": " "}
    timings.shorten(environ)
    settings = Settings.from_environ(environ)
    assert (settings.claim_seconds, settings.settle_seconds) == (30, 5)


def test_a_value_of_the_person_stays() -> None:
    """And the page says it."""
    environ = {"DELIVERY_SETTLE_SECONDS": "300"}
    timings.shorten(environ)
    assert timings.to_json(environ) == {
        "DELIVERY_CLAIM_SECONDS": {"here": "30", "azure": "120"},
        "DELIVERY_SETTLE_SECONDS": {"here": "300", "azure": "300"},
    }


def test_what_is_said_of_azure_is_the_apps_default() -> None:
    """Both numbers come from the settings."""
    settings = Settings.from_environ(ENVIRONMENT)
    assert list(timings.IN_AZURE.values()) == [settings.claim_seconds, settings.settle_seconds]
