"""Whatever the file holds and Twilio sends: a document, without a phone number in a URL, and an end of each call."""

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard.twiml import check_twiml
from switchboard.voice import ROUTES
from tests.numbers_files import SETTINGS, WHOLE
from tests.unit.test_numbers_any_file import VALUES, toml
from tests.voice_calls import CALLER, Call, read

ELEVEN_VERBS = {"Say", "Play", "Pause", "Gather", "Dial", "Enqueue", "Record", "Redirect", "Reject", "Sms", "Hangup"}
URLS = ("action", "url", "waitUrl", "recordingStatusCallback")
CALLERS = st.sampled_from(
    [CALLER, "+351210000010", "client:alice", "Anonymous", "+266696687", "", "+351210000066", "sip:a@example.net"]
)
FORMS = st.fixed_dictionaries(
    {},
    optional={
        "Digits": st.sampled_from([*"0123456789*#", "2468", "12"]),
        "SpeechResult": st.sampled_from(["sales", "new orders", "nothing", "é"]),
        "DialCallStatus": st.sampled_from(["completed", "answered", "busy", "no-answer", "failed", "canceled", "x"]),
        "DialBridged": st.sampled_from(["true", "false"]),
        "QueueResult": st.sampled_from(["bridged", "leave", "hangup", "queue-full", "error", "x"]),
        "QueueTime": st.sampled_from(["0", "299", "999999", "x"]),
        "QueuePosition": st.sampled_from(["0", "1", "20"]),
        "CurrentQueueSize": st.sampled_from(["1", "21"]),
    },
)
QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Front desk", "other", "", "gone"]),
        "menu": st.sampled_from(["billing", "gone"]),
        "back": st.sampled_from(["billing", "billing,gone,billing"]),
        "language": st.sampled_from(["pt", "xx", "de-CH"]),
        "tries": st.sampled_from(["1", "2", "99"]),
        "action": st.sampled_from(
            ["answer", "closed", "otherwise", "menu", "queue", "voicemail", "key-1", "key-9", "key-", "x"]
        ),
        "turn": st.sampled_from(["0", "1", "9"]),
        "queue": st.sampled_from(["support", "gone"]),
        "agent": st.sampled_from(["alice", "gone"]),
        "last": st.just("1"),
        "closed": st.just("1"),
        "again": st.just("1"),
        "asked": st.just("1"),
        "public": st.just("1"),
        "alerted": st.just("alice"),
    },
)


def changed(data: st.DataObject) -> str:
    """The whole file with up to three lines that hold something else."""
    lines = WHOLE.splitlines()
    for _ in range(data.draw(st.integers(0, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[index].partition(" = ")
        lines[index] = f"{key}{equals}{toml(data.draw(VALUES))}" if equals else data.draw(st.sampled_from(["", *lines]))
    return "\n".join(lines)


def urls(document: str) -> Iterator[str]:
    """Every URL that Twilio calls next."""
    for element in read(document).iter():
        yield from (element.attrib[name] for name in URLS if name in element.attrib)
        if element.tag == "Redirect":
            yield element.text or ""


@given(st.data(), st.sampled_from(sorted(ROUTES)), QUERIES, FORMS, CALLERS)
@settings(max_examples=250, deadline=None)
def test_any_request_gets_twiml_without_a_number_in_its_urls(
    data: st.DataObject, route: str, query: dict[str, str], form: dict[str, str], caller: str
) -> None:
    """Any file, any state, and anything in the form."""
    found = Call(changed(data), caller=caller, settings=SETTINGS)
    target = f"/api/voice/{route}?" + "&".join(f"{name}={value}" for name, value in query.items())
    document = found.post(target, **form)
    check_twiml(document)
    for url in urls(document):
        assert not re.search(r"\d{5}", unquote_plus(url)), url


@given(st.data(), CALLERS)
@settings(max_examples=200, deadline=None)
def test_a_call_in_which_nothing_is_chosen_and_nobody_answers_ends(data: st.DataObject, caller: str) -> None:
    """Within sixty webhooks, whatever the file leads to."""
    found = Call(changed(data), caller=caller, settings=SETTINGS)
    found.start()
    for _ in range(60):
        if not go_on(found):
            return
    pytest.fail("the call does not end")


def go_on(found: Call) -> bool:
    """What Twilio requests next when nobody does anything; False at the end of the call."""
    tags = found.verbs
    if "Dial" in tags:
        found.dial_ends()
    elif "Enqueue" in tags:
        found.wait_ends("leave", 999_999)
    elif "Redirect" in tags and "flows/" not in "".join(urls(found.document)):
        found.silent()
    else:
        return False
    return True


def test_every_verb_of_the_guide_is_in_use() -> None:
    """Eleven verbs, each for something that the file can say."""
    used: set[str] = set()
    for caller in (CALLER, "Anonymous", "client:alice"):
        for key in ("", *"123456789"):
            found = Call(WHOLE.replace('"Welcome."', '"https://media.fabrikam.net/a.mp3"'), caller=caller)
            found.start()
            used |= {element.tag for element in read(found.document).iter()}
            if key and "Gather" in found.verbs:
                found.press(key)
                used |= {element.tag for element in read(found.document).iter()}
    assert used >= ELEVEN_VERBS


def test_urls_within_a_call_lead_to_routes() -> None:
    """Each is relative, and the name of a route."""
    found = Call(WHOLE)
    found.start()
    for key in "123456789":
        found.start()
        found.press(key)
        for url in urls(found.document):
            assert url.startswith(("https://", "../flows/")) or url.partition("?")[0] in ROUTES
