"""What the first webhook of a new worker loads: nothing that it does not need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

ROOT = Path(__file__).parents[2]
TOKEN = "token-of-the-test"
ORIGIN = "https://voice.example.com"
CALL = "/api/voice/incoming"
TWIMLET = "/api/twimlets/message?Message=Hello"
ENVIRONMENT = {
    "AZURE_FUNCTIONS_ENVIRONMENT": "Development",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "PUBLIC_BASE_URL": ORIGIN,
}
ANSWER_ONE_WEBHOOK = """
import asyncio, json, os, sys
import azure.functions as func
import function_app

functions = {each.get_function_name(): each.get_user_function() for each in function_app.app.get_functions()}
name, path, signature = sys.argv[1:]
request = func.HttpRequest(
    "POST", "http://internal" + path,
    headers={"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
    route_params={"name": "message"},
    body=b"CallSid=CA1&From=%2B15005550006",
)
answer = asyncio.run(functions[name](request))
print(json.dumps({"status": answer.status_code, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module", params=[("voice_incoming", CALL), ("twimlet", TWIMLET)], ids=["call", "twimlet"])
def answered(request: pytest.FixtureRequest) -> dict[str, object]:
    """A fresh process that imports function_app and answers one signed webhook."""
    name, path = request.param
    signature = RequestValidator(TOKEN).compute_signature(ORIGIN + path, {"CallSid": "CA1", "From": "+15005550006"})
    done = subprocess.run(
        [sys.executable, "-c", ANSWER_ONE_WEBHOOK, name, path, signature],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded: dict[str, object] = json.loads(done.stdout)
    return loaded


def test_the_webhook_is_answered(answered: dict[str, object]) -> None:
    """The process did the job whose imports the other tests look at."""
    assert answered["status"] == 200


@pytest.mark.parametrize(
    "package",
    ["twilio.rest", "azure.data", "azure.storage", "azure.identity", "azure.keyvault", "azure.core", "aiohttp"],
)
def test_a_heavy_package_is_not_loaded(answered: dict[str, object], package: str) -> None:
    """Each is imported by the adapter that needs it, when it first does."""
    modules = answered["modules"]
    assert isinstance(modules, list)
    assert not [name for name in modules if name == package or name.startswith(package + ".")]
