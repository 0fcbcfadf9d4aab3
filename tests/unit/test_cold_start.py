"""What a new worker loads: for indexing nearly nothing of ours, for the first answer nothing that it does not need."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

ROOT = Path(__file__).parents[2]
NUMBERS = ROOT / "tests" / "numbers.toml"
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
INDEX_AND_ANSWER = """
import asyncio, json, os, sys
import azure.functions as func
import function_app

functions = {each.get_function_name(): each.get_user_function() for each in function_app.app.get_functions()}
indexed = sorted(sys.modules)
name, path, signature = sys.argv[1:]
request = func.HttpRequest(
    "POST", "http://internal" + path,
    headers={"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"},
    route_params={"name": "message"},
    body=b"CallSid=CA1&From=%2B15005550006",
)
answer = asyncio.run(functions[name](request))
print(json.dumps({"status": answer.status_code, "indexed": indexed, "answered": sorted(sys.modules)}))
"""
INDEXED = {
    "switchboard",
    "switchboard.blueprints",
    *(
        f"switchboard.blueprints.{name}"
        for name in (
            "client",
            "delivery",
            "flows",
            "health",
            "housekeeping",
            "messaging",
            "status",
            "twimlets",
            "voice",
            "webhook",
        )
    ),
    "switchboard.errors",
    "switchboard.refusal_log",
}
SHARED = (
    *("addresses", "clock", "form", "secrets", "services", "settings", "signature", "text", "twiml_writer", "urls"),
    "webhooks",
    # One language: each has a module of its own.
    *("prompts", "prompts.en", "prompts.spoken"),
)
# The reader, without what operators' commands print.
NUMBERS_READER = (
    "numbers",
    *(
        f"numbers.{name}"
        for name in (
            *("actions", "addresses", "circles", "conversion", "fields", "hours", "language", "model", "names"),
            *(
                "people",
                "phone_numbers",
                "positions",
                "problem",
                "problems",
                "reader",
                "sentences",
                "substitution",
                "syntax",
            ),
            *("tables", "warnings", "weeks"),
        )
    ),
)
VOICE = (
    "voice",
    *(
        f"voice.{name}"
        for name in (
            *("actions", "agents", "call_state", "incoming", "menus", "otherwise", "queue", "ringing", "speech"),
            *("voice_request", "voicemail"),
        )
    ),
)
HEAVY = ("twilio.rest", "azure.data", "azure.storage", "azure.identity", "azure.keyvault", "azure.core", "aiohttp")


def app_with(numbers: Path, folder: Path) -> Path:
    """A folder with the app and this numbers.toml, as it is uploaded."""
    (folder / "switchboard").symlink_to(ROOT / "switchboard")
    shutil.copy(ROOT / "function_app.py", folder)
    shutil.copy(numbers, folder / "numbers.toml")
    return folder


def run(name: str, path: str, folder: Path) -> dict[str, Any]:
    """The modules of a fresh process after it indexed the app, and after it answered one signed webhook."""
    signature = RequestValidator(TOKEN).compute_signature(ORIGIN + path, {"CallSid": "CA1", "From": "+15005550006"})
    done = subprocess.run(
        [sys.executable, "-c", INDEX_AND_ANSWER, name, path, signature],
        cwd=app_with(NUMBERS, folder),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded: dict[str, Any] = json.loads(done.stdout)
    return loaded


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A call comes in."""
    return run("voice_incoming", CALL, tmp_path_factory.mktemp("call"))


@pytest.fixture(scope="module")
def twimlet(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Twilio requests a Twimlet."""
    return run("twimlet", TWIMLET, tmp_path_factory.mktemp("twimlet"))


@pytest.fixture(params=["call", "twimlet"])
def either(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One of the two."""
    loaded: dict[str, Any] = request.getfixturevalue(request.param)
    return loaded


def own(modules: list[str]) -> set[str]:
    """The product's modules."""
    return {name for name in modules if name.split(".")[0] == "switchboard"}


def test_the_webhook_is_answered(either: dict[str, Any]) -> None:
    """The process did the job whose imports the other tests examine."""
    assert either["status"] == 200


def test_indexing_loads_the_blueprints_alone(either: dict[str, Any]) -> None:
    """No feature, no services: the host indexes before the first request, and the caller waits for both."""
    assert own(either["indexed"]) == INDEXED


@pytest.mark.parametrize("package", HEAVY)
def test_the_first_answer_loads_no_heavy_package(either: dict[str, Any], package: str) -> None:
    """Each is imported by the adapter that needs it, when it first does."""
    assert not [name for name in either["answered"] if name == package or name.startswith(package + ".")]


def test_a_call_loads_its_feature_and_what_that_needs(call: dict[str, Any]) -> None:
    """Neither delivery nor Twimlets: a module that is added here costs every caller time."""
    assert own(call["answered"]) - INDEXED == {f"switchboard.{name}" for name in (*SHARED, *NUMBERS_READER, *VOICE)}


def test_a_twimlet_loads_neither_the_call_flow_nor_delivery(twimlet: dict[str, Any]) -> None:
    """The eleven are one feature, loaded together."""
    assert not [name for name in own(twimlet["answered"]) if name.startswith(("switchboard.voice", "switchboard.del"))]
