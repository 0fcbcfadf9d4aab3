"""What the first text of a new worker loads: nothing that only later texts, events or callbacks need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "AzureWebJobsStorage": "UseDevelopmentStorage=true",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token-of-the-test",
    "TWILIO_FROM": "+15005550001",
    "PUBLIC_BASE_URL": "https://voice.example.com",
}
# Everything that a delivery is made from is built; storage and Twilio are not reached.
BUILD = """
import asyncio, json, sys
from switchboard import services
from switchboard.delivery.deliver import deliver

async def main():
    context = services.current().delivery_context
    print(json.dumps(sorted(sys.modules)))
    await services.close()

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def loaded() -> set[str]:
    """The modules of a fresh process that can deliver."""
    done = subprocess.run(
        [sys.executable, "-c", BUILD],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(json.loads(done.stdout))


def test_a_delivery_is_built(loaded: set[str]) -> None:
    """The process loaded the ledger and Twilio's library."""
    assert {"azure.data.tables.aio", "twilio.rest", "switchboard.delivery.attempts"} <= loaded


@pytest.mark.parametrize("package", ["azure.storage", "azure.identity", "azure.keyvault", "phonenumbers"])
def test_a_delivery_loads_no_package_that_it_does_not_need(package: str, loaded: set[str]) -> None:
    """Queue Storage opens with the first message that is put: an event, a retry, a dead letter."""
    assert not [name for name in loaded if name == package or name.startswith(package + ".")]


@pytest.mark.parametrize("feature", ["voice", "numbers", "twimlets", "flows", "prompts"])
def test_a_delivery_loads_no_other_feature(feature: str, loaded: set[str]) -> None:
    """Each is imported by the routes that need it."""
    assert not [name for name in loaded if name.startswith(f"switchboard.{feature}")]
