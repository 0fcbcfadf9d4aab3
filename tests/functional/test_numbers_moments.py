"""Two numbers, two languages, a lunch break and a holiday: signed calls at six moments get six right answers."""

from datetime import UTC, datetime

import azure.functions as func
import pytest

from tests.fakes import FakeServices, StoppedClock
from tests.functions import answer_to, post, serving, webhook
from tests.numbers_files import numbers
from tests.voice_calls import said, verbs

FILE = numbers(
    """\
time_zone = "Europe/Lisbon"
[hours.office]
days = { mon-fri = ["09:00-12:30", "14:00-18:00"], sun = ["01:15-01:45"] }
dates = { 2026-12-25 = [] }
[[numbers]]
number = "+351210000001"
name = "Lisboa"
language = "pt"
hours = "office"
greeting = "Bem-vindo."
menu.1 = { label = "vendas", voicemail = true }
[[numbers]]
number = "+442000000001"
name = "London"
language = "en-GB"
time_zone = "Europe/London"
hours = "office"
greeting = "Welcome."
menu.1 = { label = "sales", voicemail = true }
"""
)
LISBON, LONDON = "+351210000001", "+442000000001"


MOMENTS = [
    ("open", LISBON, datetime(2026, 12, 22, 10, tzinfo=UTC), "Bem-vindo."),
    ("open", LONDON, datetime(2026, 12, 22, 10, tzinfo=UTC), "Welcome."),
    ("lunch", LISBON, datetime(2026, 12, 22, 13, tzinfo=UTC), "Voltamos a abrir hoje às 14 horas."),
    ("lunch", LONDON, datetime(2026, 12, 22, 13, tzinfo=UTC), "We open again today at 2 PM."),
    ("closed", LISBON, datetime(2026, 12, 22, 19, tzinfo=UTC), "Voltamos a abrir amanhã às 9 horas."),
    ("holiday", LONDON, datetime(2026, 12, 25, 10, tzinfo=UTC), "We are closed at the moment."),
    # On 29 March 2026 at 01:00 UTC both clocks jump to 02:00: 01:15 to 01:45 is not there.
    ("the hour skipped in March", LISBON, datetime(2026, 3, 29, 1, 20, tzinfo=UTC), "De momento estamos encerrados."),
    # On 25 October 2026 both go back from 02:00 to 01:00 at 01:00 UTC: 01:30 is there twice.
    ("the hour that comes twice", LISBON, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Bem-vindo."),
    ("the hour that comes twice", LONDON, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Welcome."),
]


@pytest.mark.parametrize(("name", "number", "moment", "sentence"), MOMENTS)
async def test_a_call_gets_what_the_file_says_of_its_moment(
    name: str, number: str, moment: datetime, sentence: str
) -> None:
    """By the number's own clock, in its language, through the signed webhook."""
    form = {"CallSid": "CA1", "From": "+351910000077", "To": number, "Direction": "inbound"}
    with serving(FakeServices(numbers=FILE, hours_clock=StoppedClock(moment))):
        answer = await post("/api/voice/incoming", form)
    assert sentence in said(answer.text)
    assert ("Record" in verbs(answer.text)) is (not sentence.endswith(("vindo.", "Welcome.")))


@pytest.mark.parametrize(
    "header", ["Date", "X-Now", "X-Clock", "X-Time", "I-Twilio-Time", "X-MS-Date", "X-Switchboard-Now"]
)
async def test_no_header_moves_the_clock(header: str) -> None:
    """A caller cannot open a closed number."""
    form = {"CallSid": "CA1", "From": "+351910000077", "To": LISBON, "Direction": "inbound"}
    signed = webhook("/api/voice/incoming", form)
    request = func.HttpRequest(
        "POST", signed.url, headers={**signed.headers, header: "2026-12-22T10:00:00Z"}, body=signed.get_body()
    )
    with serving(FakeServices(numbers=FILE, hours_clock=StoppedClock(datetime(2026, 12, 25, 10, tzinfo=UTC)))):
        assert "De momento estamos encerrados." in said((await answer_to("/api/voice/incoming", request)).text)
