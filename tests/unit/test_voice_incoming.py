"""A call comes in: who is turned away, what is said, and what the number does at that hour."""

import logging
from datetime import UTC, datetime

import pytest

from tests.numbers_files import FRONT_DESK, WHOLE
from tests.voice_calls import Call, only, read

TWO = """\
language = "en"
time_zone = "Europe/Lisbon"
blocked = ["+351210000066"]
[hours.office]
days = { mon-fri = ["09:00-12:30", "14:00-18:00"], sun = ["01:00-02:00"] }
dates = { 2026-12-25 = [] }
[[numbers]]
number = "+351210000001"
name = "Lisbon"
language = "pt"
hours = "office"
greeting = "Bem-vindo."
menu.1 = { label = "vendas", voicemail = true }
[[numbers]]
number = "+442000000001"
name = "London"
language = "en-GB"
voice = "Polly.Amy"
greeting = "Welcome."
answer = { say = "We are moving." }
"""


def call(closed: str = "", *, called: str = FRONT_DESK, caller: str = "", now: datetime | None = None) -> Call:
    """A call to one of the two numbers; the first has this `closed`."""
    text = TWO.replace('greeting = "Bem-vindo."', f'greeting = "Bem-vindo."\n{closed}')
    found = Call(text, called=called)
    found.caller = caller or found.caller
    found.now = now or found.now
    found.start()
    return found


def test_an_open_number_greets_and_offers_its_menu() -> None:
    """After a second of silence, because the first one is often cut off."""
    found = call()
    assert found.verbs == ["Pause", "Gather", "Redirect"]
    assert found.said[:2] == ["Bem-vindo.", "Para vendas, prima 1."]


def test_a_number_without_a_menu_acts_at_once() -> None:
    """In its own language and voice."""
    found = call(called="+442000000001")
    assert found.verbs == ["Pause", "Say", "Say", "Hangup"]
    assert found.said == ["Welcome.", "We are moving."]
    says = [verb.attrib for verb in read(found.document).iter("Say")]
    assert says == [{"language": "en-GB", "voice": "Polly.Amy"}] * 2


# Tuesday, Thursday, Friday at Christmas, and the two nights of daylight saving, by Lisbon's clock.
SIX_MOMENTS = [
    ("open", datetime(2026, 12, 22, 10, tzinfo=UTC), True),
    ("lunch", datetime(2026, 12, 22, 13, tzinfo=UTC), False),
    ("closed", datetime(2026, 12, 22, 19, tzinfo=UTC), False),
    ("holiday", datetime(2026, 12, 25, 10, tzinfo=UTC), False),
    # 29 March 2026: at 01:00 UTC the clock jumps from 01:00 to 02:00, so a range of that hour never is.
    ("hour skipped", datetime(2026, 3, 29, 1, 0, 30, tzinfo=UTC), False),
    # 25 October 2026: 01:30 is there twice, at 00:30 and 01:30 UTC.
    ("hour twice, first", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),
    ("hour twice, second", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),
]


@pytest.mark.parametrize(("name", "now", "is_open"), SIX_MOMENTS, ids=[each[0] for each in SIX_MOMENTS])
def test_opening_hours_decide(name: str, now: datetime, is_open: bool) -> None:
    """By the number's own clock, whatever the server's."""
    found = call(now=now)
    assert ("Gather" in found.verbs, "Record" in found.verbs) == (is_open, not is_open)


def test_a_closed_number_says_when_it_opens_and_takes_voicemail() -> None:
    """Without `closed` in the file. The greeting is not said: it may offer what is not there now."""
    found = call(now=datetime(2026, 12, 22, 13, tzinfo=UTC))
    assert found.said[:2] == ["De momento estamos encerrados.", "Voltamos a abrir hoje às 14 horas."]
    assert found.verbs == ["Pause", "Say", "Say", "Say", "Record", "Say", "Hangup"]


@pytest.mark.parametrize(
    ("closed", "says_so"),
    [
        ("closed = { voicemail = true }", True),
        ("closed = { hangup = true }", True),
        ('closed = { greeting = "Fechado.", voicemail = true }', False),
        ('closed = { voicemail = "Deixe mensagem." }', False),
        ('closed = { say = "Fechado." }', False),
    ],
)
def test_a_file_that_says_it_in_its_own_words_is_enough(closed: str, says_so: bool) -> None:
    """A caller does not hear twice that the number is closed."""
    found = call(closed, now=datetime(2026, 12, 22, 13, tzinfo=UTC))
    assert ("De momento estamos encerrados." in found.said) is says_so
    assert "Bem-vindo." not in found.said


def test_a_blocked_caller_is_rejected_before_the_call_is_answered() -> None:
    """Reject and nothing else: any other verb would answer the call, and cost."""
    found = call(caller="+351210000066")
    assert found.verbs == ["Reject"]
    assert only(found.document, "Reject").get("reason") == "rejected"


@pytest.mark.parametrize(
    ("caller", "is_rejected"),
    [
        ("sip:spam@pbx.fabrikam.net", True),
        ("sip:spam@pbx.fabrikam.net:5061;transport=tls", True),
        ("sip:spam@pbx.contoso.net", False),
        ("client:351210000066", False),
    ],
)
def test_a_blocked_address_is_compared_as_an_address(caller: str, is_rejected: bool) -> None:
    """Digits in the name of a browser are no number, and another host is another caller."""
    text = TWO.replace('["+351210000066"]', '["+351210000066", "sip:spam@pbx.fabrikam.net"]')
    found = Call(text, caller=caller)
    found.start()
    assert (found.verbs == ["Reject"]) is is_rejected


@pytest.mark.parametrize("caller", ["Anonymous", "+266696687", "", "sip:x@example.net", "Restricted"])
def test_anonymous_blocks_whoever_has_no_number(caller: str) -> None:
    """Twilio's words and numbers for a withheld caller."""
    found = Call(WHOLE, caller=caller)
    found.start()
    assert found.verbs == ["Reject"]


def test_an_unknown_number_apologizes_and_takes_voicemail(caplog: pytest.LogCaptureFixture) -> None:
    """And the log has one line, without the number."""
    with caplog.at_level(logging.WARNING):
        found = call(called="+15005550001")
    assert found.said[0] == "We are sorry, this number is not in service at the moment."
    assert "Record" in found.verbs
    assert only(found.document, "Record").get("action") == "recorded?name="
    assert [record.message for record in caplog.records] == ["event=unknown_number call=CA1"]


def test_a_call_that_we_placed_is_the_number_that_placed_it() -> None:
    """A command's URL may lead to a menu: our own number is From then."""
    found = Call(TWO, caller=FRONT_DESK, called="+351910000077", direction="outbound-api")
    found.start()
    assert found.said[0] == "Bem-vindo."


def test_a_blocked_caller_is_not_our_own_number() -> None:
    """In a call that we placed, the person is To."""
    found = Call(TWO, caller=FRONT_DESK, called="+351210000066", direction="outbound-api")
    assert found.start()
    assert found.verbs == ["Reject"]
