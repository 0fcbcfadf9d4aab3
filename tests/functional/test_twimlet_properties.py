"""Properties of a Twimlet for any signed parameters."""

import asyncio
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from switchboard import prompts
from switchboard.twimlets import TWIMLETS
from tests.fakes import FakeHoldMusic, FakeServices
from tests.functions import Answer, serving, twimlet

many = settings(max_examples=150, deadline=None, derandomize=True)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ADDED_BY_TWILIO = [
    "Dial",
    "DialStatus",
    "DialCallStatus",
    "DialBridged",
    "Digits",
    "From",
    "To",
    "Caller",
    "Called",
    "CallSid",
]
ADDED_BY_TWILIO += ["RecordingUrl", "RecordingSid", "RecordingDuration", "TranscriptionStatus", "TranscriptionText"]
brackets = st.sampled_from(["", "", "[]", "[0]", "[1]", "[*]", "[", "]", "[[]]"])
near = [
    *("https://example.com/a?b=c#d", "http://[", "https://exa mple.com/\r\nX: y", "javascript:alert(1)", "//x"),
    *("true", "false", "0", "completed", "answered", "failed", "1", "*", "600", "+14155550123", "client:a", "{0}"),
    *("my-bucket", "169.254.169.254/?", "<Response/>", "<Response>&e;</Response>", "<!DOCTYPE x><Response/>"),
    *("pt-PT", "rock", "\x00\x1f\ufffe\uffff", "\u2028]]>", "²", "٣", " HTTP://x"),
]
values = st.sampled_from(near) | texts
Request = tuple[str, list[tuple[str, str]], dict[str, str]]


def names(fields: list[str]) -> st.SearchStrategy[str]:
    """Names of parameters in each form; nearly valid ones find more than noise."""
    return st.one_of(st.builds(str.__add__, st.sampled_from(fields), brackets), st.sampled_from(fields), texts)


def requests_of(name: str) -> st.SearchStrategy[Request]:
    """Requests for one Twimlet, mostly with its own parameters."""
    own = names([*(field.name for field in TWIMLETS[name].fields), "Dial"])
    added = names([*ADDED_BY_TWILIO, "FailUrl", "PhoneNumbers[]"])
    query = st.lists(st.tuples(own, values), max_size=8)
    return st.tuples(st.just(name), query, st.dictionaries(added, values, max_size=6))


requests = st.sampled_from(sorted(TWIMLETS)).flatmap(requests_of)


def ask(name: str, query: list[tuple[str, str]], form: dict[str, str], method: str) -> Answer:
    """A signed request, to a worker on fakes."""
    music = FakeHoldMusic({"my-bucket": ["a.mp3", "b\x00]]>.wav", "é.ul"]})
    with serving(FakeServices(hold_music=music)):
        return asyncio.run(twimlet(f"/api/twimlets/{name}?{urlencode(query)}", form, method=method))


@many
@given(request=requests, method=st.sampled_from(["GET", "POST"]))
def test_every_signed_request_is_answered(request: Request, method: str) -> None:
    """With TwiML, a redirect to http or https, or nothing: never an error or an apology for one."""
    name = request[0]
    answer = ask(*request, method)
    if answer.status == 302:
        assert answer.text == ""
        return
    assert (answer.status, answer.mimetype) == (200, "text/xml")
    if answer.text:
        assert ElementTree.fromstring(answer.text).tag == "Response"  # noqa: S314  # what we let pass is under test
    apologies = [(prompts.find(tag) or prompts.english()).failure for tag in prompts.LANGUAGES]
    assert name == "echo" or not any(apology in answer.text for apology in apologies)


addresses = st.builds(
    "{}{}{}".format,
    st.sampled_from(["http", "HTTPS", "ftp", "file", "", " "]),
    st.sampled_from(["://", ":", "//"]),
    texts,
)


@many
@given(url=addresses | values, name=st.sampled_from(["forward", "callme", "simulring", "findme"]))
def test_a_call_continues_at_http_or_https_only(url: str, name: str) -> None:
    """Any FailUrl: a redirect that fits into a header and leads to a host, or the end."""
    answer = ask(name, [("Dial", "true"), ("FailUrl", url)], {"DialCallStatus": "busy"}, "POST")
    assert answer.status == 302 or "<Hangup" in answer.text
    if answer.status == 302:
        parts = urlsplit(answer.location)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert answer.location.isascii()
        assert answer.location.isprintable()


@many
@given(request=requests)
def test_nobody_is_dialled_without_a_number(request: Request) -> None:
    """No answer holds a Dial of nobody, or one of more than Twilio takes."""
    name = request[0]
    answer = ask(*request, "POST")
    if name == "echo" or not answer.text:
        return
    for dial in ElementTree.fromstring(answer.text).iter("Dial"):  # noqa: S314  # our own document
        assert dial.text or (1 <= len(dial) <= 10 and all(party.text for party in dial))


@many
@given(
    message=texts.filter(bool),
    language=texts,
    voice=texts,
    fail_url=st.sampled_from(["", "https://example.com/?a=b&c"]),
)
def test_findme_keeps_its_parameters_from_one_number_to_the_next(
    message: str, language: str, voice: str, fail_url: str
) -> None:
    """The second document is the first one without the number that has rung."""
    settings_of_it = [("Message", message), ("Language", language), ("Voice", voice), ("FailUrl", fail_url)]
    first = ask("findme", [*settings_of_it, ("PhoneNumbers[]", "1"), ("PhoneNumbers[]", "2")], {}, "POST")
    (dial,) = ElementTree.fromstring(first.text).iter("Dial")  # noqa: S314  # our own document
    query = dial.attrib["action"].partition("?")[2]
    with serving(FakeServices()):
        second = asyncio.run(twimlet(f"/api/twimlets/findme?{query}", {"DialCallStatus": "busy"}))
    alone = ask("findme", [*settings_of_it, ("PhoneNumbers[]", "2")], {}, "POST")
    assert second.text == alone.text
