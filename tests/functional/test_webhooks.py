"""Each webhook's function, called as the Functions host calls it: refusals, failures, tokens."""

import hashlib
from collections.abc import Iterator

import azure.functions as func
import msgspec
import pytest

from switchboard import prompts
from switchboard.errors import ConfigurationError, SecretsUnavailable
from tests import payloads
from tests.fakes import BLOCKED, CALLER, FakeQueues, FakeSecrets, FakeServices
from tests.functions import INTERNAL, WEBHOOKS, answer_to, post, serving, sign, webhook
from tests.numbers_files import numbers
from tests.voice_calls import said, verbs

PUBLISHING = [path for path in WEBHOOKS if path.startswith(("/api/sms/", "/api/status/"))]
CALLS = [path for path in WEBHOOKS if path.startswith(("/api/voice/", "/api/twimlets/"))]
# A parameter of every webhook, so that one form is complete for each route.
COMPLETE = {
    "CallSid": "CA1",
    "CallStatus": "completed",
    "MessageSid": "SM1",
    "MessageStatus": "sent",
    "RecordingSid": "RE1",
    "RecordingStatus": "completed",
    "From": CALLER,
    "To": "+15005550001",
    "Body": "hours",
}


@pytest.fixture(autouse=True)
def worker() -> Iterator[FakeServices]:
    """A worker on fakes."""
    current = FakeServices()
    with serving(current):
        yield current


@pytest.mark.parametrize("path", WEBHOOKS)
@pytest.mark.parametrize("signature", ["", "garbage", "ä", sign("/api/voice/incoming", "", "another-token")])
async def test_an_unsigned_webhook_is_refused(path: str, signature: str) -> None:
    """403 with one line of text, and no event."""
    answer = await answer_to(path, webhook(path, COMPLETE, signature=signature))
    assert (answer.status, answer.mimetype, answer.events) == (403, "text/plain", ())
    assert answer.text.startswith("Not a webhook of Twilio's: ")
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_a_signature_of_another_webhook_is_refused(path: str) -> None:
    """The same form, signed for another path."""
    request = webhook(path, COMPLETE, signature=sign("/api/elsewhere", "CallSid=CA1"))
    assert (await answer_to(path, request)).status == 403


async def test_a_query_is_compared_byte_for_byte() -> None:
    """`%3D` stays `%3D`: a decoded query has another signature."""
    path, target = "/api/voice/incoming", "/api/voice/incoming?a=%3D%3D"
    assert (await answer_to(path, webhook(target, COMPLETE))).status == 200
    changed = webhook("/api/voice/incoming?a===", COMPLETE, signature=sign(target, "CallSid=CA1"))
    assert (await answer_to(path, changed)).status == 403


async def test_a_call_by_get_is_greeted() -> None:
    """A number may be configured for GET: its parameters are in the query."""
    path = "/api/voice/incoming"
    greeted = await answer_to(path, webhook(f"{path}?CallSid=CA1&From=%2B15005550010", method="GET"))
    blocked = await answer_to(path, webhook(f"{path}?CallSid=CA1&From=%2B{BLOCKED[1:]}", method="GET"))
    assert said(greeted.text)[0] == "Thank you for calling."
    assert "<Reject" in blocked.text


@pytest.mark.parametrize("depth", [1, 100_000])
async def test_json_with_its_hash_but_no_signature_is_refused(depth: int) -> None:
    """Anybody can compute the hash; a deeply nested body is refused too."""
    body = b"[" * depth + b"]" * depth
    url = f"{INTERNAL}/api/voice/incoming?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": "garbage"}
    answer = await answer_to("/api/voice/incoming", func.HttpRequest("POST", url, headers=headers, body=body))
    assert answer.status == 403


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ("/api/sms/incoming", "MessageSid"),
        ("/api/status/sms", "MessageSid"),
        ("/api/status/sms", "MessageStatus"),
        ("/api/status/call", "CallSid"),
        ("/api/status/call", "CallStatus"),
        ("/api/status/recording", "RecordingSid"),
        ("/api/status/recording", "RecordingStatus"),
    ],
)
async def test_a_webhook_without_a_required_parameter_is_400(path: str, missing: str) -> None:
    """The answer names it; a repetition would not help."""
    form = {name: value for name, value in COMPLETE.items() if name != missing}
    answer = await post(path, form)
    assert (answer.status, answer.text, answer.events) == (400, f"{missing} is missing.\n", ())


@pytest.mark.parametrize("path", CALLS)
@pytest.mark.parametrize("language", ["en", "pt"])
async def test_a_caller_gets_an_apology_in_the_language_of_the_file(path: str, language: str) -> None:
    """Whatever failed inside, the answer is TwiML that says so and hangs up."""
    secrets = FakeSecrets(error=RuntimeError("a library failed"))
    file = numbers(f'language = "{language}"\n[[numbers]]\nnumber = "*"\nanswer = {{ voicemail = true }}\n')
    with serving(FakeServices(secrets=secrets, numbers=file)):
        answer = await post(path, COMPLETE)
    sentences = prompts.find(language) or prompts.english()
    assert (answer.status, answer.mimetype, said(answer.text)) == (200, "text/xml", [sentences.failure])
    assert "<Hangup" in answer.text


# The reader refuses such sentences: what it lets pass must not silence a call all the same.
BROKEN = msgspec.structs.replace(
    numbers(
        '[[numbers]]\nnumber = "*"\nlanguage = "pt"\nmenu.1 = { queue = "support" }\n[queues.support]\nagents = []'
    ),
    overrides={"pt": {"queue_position": "{nothing_fills_this_in}", "help_text": "{nor_this}"}},
)


async def test_an_error_of_the_interpreter_is_an_apology_in_the_numbers_language() -> None:
    """And one line in the log."""
    payload = payloads.read("hold")
    with serving(FakeServices(numbers=BROKEN)):
        answer = await post(payload.path, payload.form)
    assert said(answer.text) == [(prompts.find("pt") or prompts.english()).failure]


async def test_a_text_that_cannot_be_answered_is_published_and_gets_no_answer() -> None:
    """The text itself is safe, so Twilio is not asked to come again."""
    with serving(FakeServices(numbers=BROKEN)):
        answer = await post("/api/sms/incoming", COMPLETE | {"Body": "help", "From": "whatsapp:+15005550010"})
    assert (answer.status, verbs(answer.text), len(answer.events)) == (200, [], 1)


@pytest.mark.parametrize("path", PUBLISHING)
async def test_a_webhook_that_cannot_be_published_is_500(path: str) -> None:
    """Nobody else has its data, and Twilio repeats it."""
    with serving(FakeServices(queues=FakeQueues(RuntimeError("the queue failed")))):
        answer = await post(path, COMPLETE)
    assert (answer.status, answer.text.count("\n")) == (500, 1)


@pytest.mark.parametrize("path", WEBHOOKS)
@pytest.mark.parametrize(
    "error", [SecretsUnavailable("no token was ever read"), ConfigurationError("TWILIO_ACCOUNT_SID: not set")]
)
async def test_without_any_token_a_webhook_is_503(path: str, error: Exception) -> None:
    """The signature cannot be verified; the answer says where to look."""
    with serving(FakeServices(secrets=FakeSecrets(error=error))):
        answer = await post(path, COMPLETE)
    assert (answer.status, answer.events) == (503, ())
    assert "/api/health" in answer.text


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_a_new_token_is_read_after_a_wrong_signature(path: str) -> None:
    """The first webhook that is signed with it is accepted, without a restart."""
    secrets = FakeSecrets(("old",), refreshed=("new",))
    with serving(FakeServices(secrets=secrets)):
        answer = await answer_to(path, webhook(path, COMPLETE, token="new"))
    assert answer.status in (200, 204)
    assert secrets.refreshes == 1


async def test_the_next_token_of_a_rotation_is_accepted_without_a_refresh() -> None:
    """The vault has both."""
    secrets = FakeSecrets(("old", "next"))
    with serving(FakeServices(secrets=secrets)):
        answer = await answer_to("/api/voice/incoming", webhook("/api/voice/incoming", COMPLETE, token="next"))
    assert (answer.status, secrets.refreshes) == (200, 0)


async def test_a_wrong_signature_is_refused_after_the_refresh_too() -> None:
    """A new token does not make it valid."""
    with serving(FakeServices(secrets=FakeSecrets(("old",), refreshed=("new",)))):
        answer = await answer_to("/api/voice/incoming", webhook("/api/voice/incoming", COMPLETE, token="guess"))
    assert answer.status == 403


async def test_a_request_without_a_signature_causes_no_refresh() -> None:
    """A scanner must not reach the vault."""
    secrets = FakeSecrets(("old",), refreshed=("new",))
    with serving(FakeServices(secrets=secrets)):
        await answer_to("/api/voice/incoming", webhook("/api/voice/incoming", COMPLETE, signature=""))
    assert secrets.refreshes == 0
