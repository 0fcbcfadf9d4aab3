"""The routes of agents in the browser, called as the Functions host calls them."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import azure.functions as func
import jwt
import pytest

from switchboard.blueprints import client
from switchboard.client import agent_keys
from switchboard.client.sign_in_limits import FREE_TRIES
from switchboard.errors import SecretsUnavailable
from tests.fakes import ENVIRONMENT, FakeSecrets, FakeServices
from tests.functions import INTERNAL, answer_to, post, serving, user_function, webhook
from tests.voice_calls import only, said

KEY = "the key of alice"
SECRET = "a secret of at least thirty-two bytes"
SETTINGS = {"TWILIO_API_KEY_SID": "SK" + "2" * 32, "TWILIO_TWIML_APP_SID": "AP" + "3" * 32}
KEYS = agent_keys.write({"alice": agent_keys.AgentKey(agent_keys.hash_of(KEY))})
VOICE = "/api/client/voice"
DIALS = {"CallSid": "CA1", "From": "client:alice", "To": "+15005550006"}
TYPE = {"Content-Type": "application/json"}


def services(**settings: str) -> FakeServices:
    """A worker with an API key and a key for alice."""
    secrets = FakeSecrets(api_key=SECRET, keys=KEYS)
    return FakeServices({**ENVIRONMENT, **SETTINGS, **settings}, secrets=secrets)


@pytest.fixture(autouse=True)
def worker() -> Iterator[FakeServices]:
    """The worker that answers."""
    current = services()
    with serving(current):
        yield current


async def request_token(
    agent: str = "alice", key: str = KEY, body: bytes | None = None, **headers: str
) -> func.HttpResponse:
    """A page asks for a token."""
    sent = json.dumps({"agent": agent, "key": key}).encode() if body is None else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = func.HttpRequest("POST", f"{INTERNAL}/api/client/token", headers=TYPE | named, body=sent)
    response: func.HttpResponse = await user_function(client.client_token)(req=request)
    return response


def read(response: func.HttpResponse) -> dict[str, Any]:
    """The JSON of an answer, which no cache may keep."""
    assert response.headers["Cache-Control"] == "no-store"
    assert response.mimetype == "application/json"
    found: dict[str, Any] = json.loads(response.get_body())
    return found


async def test_the_right_key_gets_a_token() -> None:
    """For this agent, with what the page shows; no other website gets permission to ask."""
    response = await request_token()
    answer = read(response)
    claims = jwt.decode(answer.pop("token"), SECRET, algorithms=["HS256"])
    assert response.status_code == 200
    assert claims["grants"]["identity"] == "alice"
    assert answer == {
        "identity": "alice",
        "expires_in": 3600,
        "agent": "alice",
        "edge": "roaming",
        "queues": ["support"],
        "agents": [],
        "numbers": [{"name": "Main", "number": "+15005550001"}],
        "language": "en",
        "caller_id": "+15005550001",
    }
    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize(("agent", "key"), [("alice", "wrong"), ("bob", KEY), ("operator", KEY), ("", "")])
async def test_a_wrong_key_is_refused(agent: str, key: str) -> None:
    """The same answer, whoever it is said to be."""
    response = await request_token(agent, key)
    assert (response.status_code, read(response)["code"]) == (401, "wrong_key")


async def test_a_revoked_key_is_refused(worker: FakeServices) -> None:
    """The page that still holds it gets no new token."""
    assert (await request_token()).status_code == 200
    worker.secrets = FakeSecrets(api_key=SECRET, keys="{}")
    assert read(await request_token())["code"] == "wrong_key"


async def test_wrong_keys_are_slowed_down_by_address() -> None:
    """The address is the one that Azure's front end adds: the others in the header are the page's own words."""
    for _ in range(FREE_TRIES):
        await request_token(key="wrong", X_Forwarded_For="10.0.0.1, 192.0.2.1:50123")
    slowed = await request_token(X_Forwarded_For="10.9.9.9, 192.0.2.1:50999")
    assert (slowed.status_code, read(slowed)["code"], slowed.headers["Retry-After"]) == (429, "slow_down", "2")
    assert (await request_token(X_Forwarded_For="192.0.2.1, 192.0.2.2:50123")).status_code == 200


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("", ""),
        ("192.0.2.1", "192.0.2.1"),
        ("a, 192.0.2.1:443", "192.0.2.1"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
        ("2001:db8::1", "2001:db8::1"),
    ],
)
def test_an_address_has_no_port(header: str, address: str) -> None:
    """Each connection has another one."""
    request = func.HttpRequest("POST", "/", headers={"X-Forwarded-For": header} if header else {}, body=b"")
    assert client.address_of(request) == address


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"agent": "alice"}', b'{"agent": 1, "key": "x"}', b"\xff", b"[" * 4000, b" " * 4097],
)
async def test_what_is_no_request_for_a_token_is_refused(body: bytes) -> None:
    """Also what is too large for one."""
    response = await request_token(body=body)
    assert (response.status_code, read(response)["code"]) == (400, "bad_request")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", ""])
async def test_only_json_is_read(kind: str) -> None:
    """What a form of another website can send is not."""
    response = await request_token(Content_Type=kind)
    assert (response.status_code, read(response)["code"]) == (400, "bad_request")


@pytest.mark.parametrize("name", SETTINGS)
async def test_what_is_not_configured_is_named(name: str) -> None:
    """501, before any key is compared."""
    with serving(services(**{name: ""})):
        response = await request_token(key="wrong")
    assert (response.status_code, read(response)["code"]) == (501, "not_configured")
    assert name in read(response)["error"]


@pytest.mark.parametrize(
    "secrets",
    [
        FakeSecrets(error=SecretsUnavailable("down")),
        FakeSecrets(api_key=SECRET, keys="{"),
        FakeSecrets(keys=KEYS),
    ],
    ids=["the vault is down", "the keys are no JSON", "no secret of the API key"],
)
async def test_a_fault_of_ours_is_no_wrong_key(
    secrets: FakeSecrets, worker: FakeServices, caplog: pytest.LogCaptureFixture
) -> None:
    """503 and a line in the log: the page tries again, an operator acts."""
    worker.secrets = secrets
    response = await request_token()
    assert (response.status_code, read(response)["code"]) == (503, "unavailable")
    assert "event=client_unready function=client_token error=" in caplog.text


async def test_no_key_and_no_token_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Neither right nor wrong ones."""
    caplog.set_level(logging.DEBUG)
    token = read(await request_token())["token"]
    await request_token(key="sesame-1234")
    for secret in (KEY, "sesame-1234", token, SECRET, agent_keys.hash_of(KEY)):
        assert secret not in caplog.text


async def test_a_browser_dials_without_storage() -> None:
    """A signed webhook: the number is dialled."""
    answer = await post(VOICE, DIALS)
    assert (answer.status, answer.mimetype, answer.events) == (200, "text/xml", ())
    assert only(answer.text, "Number").text == "+15005550006"


@pytest.mark.parametrize("signature", ["", "garbage"])
async def test_an_unsigned_dial_is_refused(signature: str) -> None:
    """Also one that is signed for other parameters."""
    request = webhook(VOICE, DIALS, signature=signature)
    assert (await answer_to(VOICE, request)).status == 403


@pytest.mark.parametrize("to", ["+19005550123", "+881612345678", "sip:x@evil.example"])
async def test_a_refused_call_has_one_line_without_the_number(to: str, caplog: pytest.LogCaptureFixture) -> None:
    """Refused in speech; nothing is dialled."""
    answer = await post(VOICE, {**DIALS, "To": to})
    assert said(answer.text)
    assert "<Dial" not in answer.text
    (line,) = (each.getMessage() for each in caplog.records if each.name == client.__name__)
    assert line.startswith("event=client_call_refused agent=alice reason=")
    assert to not in line


async def test_allowed_destinations_replace_the_callers_country() -> None:
    """ALLOWED_DESTINATIONS holds for browsers too."""
    with serving(services(ALLOWED_DESTINATIONS="+351")):
        assert "<Dial" not in (await post(VOICE, DIALS)).text
        assert "<Dial" in (await post(VOICE, {**DIALS, "To": "+351213456789"})).text


async def page(file: str, headers: dict[str, str] | None = None) -> func.HttpResponse:
    """A file of the page, "" for the page itself."""
    url = f"{INTERNAL}/api/client/{file}" if file else f"{INTERNAL}/api/client"
    request = func.HttpRequest("GET", url, headers=headers or {}, route_params={"file": file} if file else {}, body=b"")
    response: func.HttpResponse = await user_function(client.client_page)(req=request)
    return response


@pytest.mark.parametrize("file", ["token", "voice", "../settings.py", "sdk/package.json", "files.py"])
async def test_only_files_of_the_table_are_served(file: str) -> None:
    """No name is a path."""
    assert (await page(file)).status_code == 404


async def test_a_file_that_the_browser_has_is_not_sent_again() -> None:
    """304, by the file's ETag."""
    with serving(services()):
        first = await page("main.js")
        again = await page("main.js", {"If-None-Match": first.headers["ETag"]})
        changed = await page("main.js", {"If-None-Match": '"other"'})
    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.get_body() == b""


async def test_the_address_with_a_slash_leads_to_the_page() -> None:
    """Its relative links work only without one."""
    request = func.HttpRequest("GET", f"{INTERNAL}/api/client/", body=b"")
    answer: func.HttpResponse = await user_function(client.client_page)(req=request)
    assert (answer.status_code, answer.headers["Location"]) == (308, "../client")
