"""The kit for a team's tests: what passes, and what a failure says. The examples of flows are played with it."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from switchboard.testing import PlayedCall, PlayedText, call, text
from tests.flows_files import EXAMPLES, IMPORTS

ROOT = Path(__file__).parents[2]
CALLER = "+351910000077"
NUMBER = "+351210000001"
FILE = """\
time_zone = "Europe/Lisbon"
[hours.office]
days = { mon-fri = ["09:00-18:00"] }
[agents]
ana = { number = "${ANA}", pin = "1234" }
[queues.support]
agents = ["ana"]
[[numbers]]
number = "+351210000001"
name = "Fabrikam"
hours = "office"
greeting = "Welcome to Fabrikam."
menu.1 = { label = "sales", words = ["sales"], ring = ["ana"] }
menu.2 = { label = "support", queue = "support" }
menu.3 = { text = "Our address: 1 Main Street" }
menu.4 = { flow = "reservations" }
menu.5 = { flow = "survey" }
menu.6 = { flow = "appointment" }
texts = { HOURS = "Weekdays 9 to 18." }
text_flow = "orders"
"""
OPEN, CLOSED = "2026-12-22T10:00", "2026-12-22T18:00"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A team's folder, whose flows.py has all examples."""
    (tmp_path / "numbers.toml").write_text(FILE)
    run = "".join(
        f"exec(compile(Path({str(path)!r}).read_text(), 'flows.py', 'exec'), {{}})\n" for path in EXAMPLES.glob("*.py")
    )
    (tmp_path / "flows.py").write_text(f"from pathlib import Path\n{run}")
    return tmp_path


def calling(folder: Path, at: str = OPEN) -> PlayedCall:
    """A call to the number."""
    return call(CALLER, to=NUMBER, at=at, settings={"ANA": "+351210000010"}, folder=folder)


def texting(folder: Path, body: str, **settings: str) -> PlayedText:
    """A text to the number."""
    return text(CALLER, body, to=NUMBER, at=OPEN, settings={"ANA": "+351210000010", **settings}, folder=folder)


def test_a_call_is_played_step_by_step(team: Path) -> None:
    """Ringing and what follows, a queue, a text, and the voicemail."""
    calling(team).hears("Welcome to Fabrikam.", "For sales, press 1.").says("Sales, please").rings("+351210000010")
    calling(team).press("1").is_not_answered().is_not_answered().is_asked_to_record().records().ends()
    calling(team).press("1").is_answered().ends()
    calling(team).press("2").waits_in("support").leaves_queue(700).is_asked_to_record()
    calling(team).press("3").gets_text("Our address: 1 Main Street").ends()


def test_the_time_is_by_the_numbers_clock(team: Path) -> None:
    """Ten o'clock in Lisbon, and the evening."""
    calling(team, CLOSED).hears("We are closed at the moment.").is_silent().ends()


def test_a_reservation_in_three_steps(team: Path) -> None:
    """Own state travels in the URL; a key that is no answer is asked for again."""
    found = calling(team).press("4").hears("For how many people? Press 1 to 8.").press("9")
    found.hears("For how many people? Press 1 to 8.").press("4").press("2")
    found.hears("A table for 4 at 20:00. To confirm, press 1.").press("1").ends()
    (event,) = found.events
    assert (event.type, event.data) == ("reservation.made", {"caller": CALLER, "people": 4, "time": "20:00"})


def test_a_reservation_that_is_not_confirmed_goes_back_to_the_menu(team: Path) -> None:
    """Nothing is published."""
    found = calling(team).press("4").press("4").press("1").press("2").hears("Welcome to Fabrikam.")
    assert found.events == []


def test_a_survey_with_a_recording(team: Path) -> None:
    """The recording's URL is in the event; without one the rating alone."""
    found = calling(team).press("5").press("5").records(seconds=7).hears("Thank you. Good bye.").ends()
    assert found.events[0].data == {"rating": 5, "recording": "https://api.twilio.com/recordings/RE1", "seconds": 7}
    found = calling(team).press("5").press("2").is_silent().ends()
    assert found.events[0].data == {"rating": 2}


def test_an_appointment_by_speech(team: Path) -> None:
    """A day, and yes. What is not understood is asked for three times, then the menu is there again."""
    found = calling(team).press("6").says("on Thursday please").hears("Thursday. Is that right?").says("Yes")
    found.hears("We call you back about Thursday. Good bye.").ends()
    assert found.events[0].data["day"] == "Thursday"
    again = calling(team).press("6").is_silent().is_silent().hears("On which day may we call you back?")
    again.is_silent().hears("Welcome to Fabrikam.")


class Orders(BaseHTTPRequestHandler):
    """An HTTP API with one order, and one that does not answer in time."""

    def do_GET(self) -> None:
        """Answer, or wait."""
        if self.path == "/orders/4040":
            self.send_error(404)
            return
        body = json.dumps({"state": "on its way"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in the library
        """Nothing on standard error."""


@pytest.fixture
def orders() -> Iterator[str]:
    """The URL of the API."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_order_by_text(team: Path, orders: str) -> None:
    """By an async HTTP call; a keyword is answered by the file."""
    texting(team, "where is 12345?", FLOW_ORDERS_URL=orders).gets("Your order 12345: on its way.")
    texting(team, "hello", FLOW_ORDERS_URL=orders).gets("Please send us the number of your order, as 12345.")
    texting(team, "hours").gets("Weekdays 9 to 18.")
    texting(team, "STOP").gets_nothing()


@pytest.mark.parametrize("url", ["down", "unknown"])
def test_an_order_while_the_api_is_down(url: str, team: Path, orders: str) -> None:
    """The sender gets an answer all the same."""
    url = "http://127.0.0.1:1" if url == "down" else orders
    expected = "We cannot look at your order at the moment. Please try again later."
    texting(team, "4040", FLOW_ORDERS_URL=url).gets(expected)


@pytest.mark.parametrize(
    ("attempt", "problem"),
    [
        (lambda found: found.records(), "the caller records, but the call is at <Gather>"),
        (lambda found: found.press("1").says("sales"), "the caller says 'sales', but the call is at <Dial>"),
        (lambda found: found.press("3").press("1"), "the caller presses 1, but the call has ended"),
        (lambda found: found.press("1").rings("+351210000099"), "other phones ring"),
        (lambda found: found.press("1").waits_in("sales"), "but the call is at <Dial>"),
        (lambda found: found.ends(), "the call should end, but the call is at <Gather>"),
        (lambda found: found.press("4").says("four"), "the call asks for keys only"),
        (lambda found: found.press("6").press("4"), "the call asks for speech only"),
    ],
)
def test_what_does_not_happen_is_said(attempt: object, problem: str, team: Path) -> None:
    """Where the call is, and what the caller heard."""
    with pytest.raises(AssertionError, match=re.escape(problem)):
        attempt(calling(team))  # type: ignore[operator]


def test_a_flow_that_raises_fails_the_test_with_its_own_exception(tmp_path: Path) -> None:
    """Not with an apology: the traceback leads into flows.py."""
    (tmp_path / "numbers.toml").write_text(FILE)
    body = '@voice_flow("reservations")\ndef flow(call, number, context):\n    return {}["people"]\n'
    (tmp_path / "flows.py").write_text(IMPORTS + body)
    with pytest.raises(AssertionError, match="the flow reservations failed: KeyError at ") as raised:
        calling(tmp_path).press("4")
    assert isinstance(raised.value.__cause__, KeyError)


def test_a_mistake_of_the_file_fails_the_test(tmp_path: Path) -> None:
    """With its line."""
    (tmp_path / "numbers.toml").write_text(FILE.replace("greeting", "greting"))
    with pytest.raises(AssertionError, match=r"numbers\.toml has mistakes:\n  line 12: numbers\[0\]\.greting"):
        calling(tmp_path)


def test_a_changed_greeting_is_a_readable_diff(team: Path) -> None:
    """As pytest prints it: the lines side by side, at the line of the team's test and nowhere in the kit."""
    (team / "numbers.toml").write_text(FILE.replace("Welcome to Fabrikam.", "Welcome to Contoso."))
    (team / "test_greeting.py").write_text(
        "from pathlib import Path\n"
        "from switchboard.testing import call\n\n"
        "def test_the_greeting():\n"
        f'    found = call("{CALLER}", to="{NUMBER}", at="{OPEN}", settings={{"ANA": "+351210000010"}},\n'
        "                 folder=Path(__file__).parent)\n"
        '    found.hears("Welcome to Fabrikam.", "For sales, press 1.")\n'
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            "/dev/null",
            str(team / "test_greeting.py"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 1
    errors = [line.removeprefix("E").strip() for line in done.stdout.splitlines() if line.startswith("E ")]
    assert errors[:5] == [
        "AssertionError: the caller hears something else (- the test expects, + happened):",
        "- Welcome to Fabrikam.",
        "+ Welcome to Contoso.",
        "For sales, press 1.",
        "+ For support, press 2.",
    ], done.stdout
    assert "played_call.py" not in done.stdout
