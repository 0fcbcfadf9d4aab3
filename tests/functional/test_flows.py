"""A flow of flows.py, whatever it does: the caller hears an answer, and everything else works."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

import azure.functions as func
import msgspec
import pytest

from switchboard import services
from switchboard.blueprints import flows as flows_blueprint
from switchboard.blueprints.health import health, health_of_worker
from switchboard.blueprints.webhook import FLOW_ERROR_HEADER
from switchboard.errors import FlowFailed
from switchboard.flows.flows_file import FlowsFile
from switchboard.flows.loading import load
from tests import published
from tests.fakes import FakeQueues, FakeServices, StoppedClock
from tests.flows_files import IMPORTS, NUMBER, NUMBERS, ORDERS, RESERVATIONS, text, voice
from tests.functions import post, serving, user_function, webhook
from tests.log_search import Log
from tests.numbers_files import numbers
from tests.voice_calls import only, said, verbs

CALLER = "+351910000077"
FLOW = "/api/flows/reservations?name=Front+desk"
APOLOGY = "Pedimos desculpa, algo correu mal do nosso lado. Volte a ligar daqui a alguns minutos."
TEXT_APOLOGY = "Pedimos desculpa, algo correu mal do nosso lado. Volte a enviar a mensagem daqui a alguns minutos."
NOW = datetime(2026, 12, 22, 10, tzinfo=UTC)
SECONDS = 0.3
SYNTAX_ERROR = RESERVATIONS + "\ndef broken(:\n"
SYNTAX_LINE = SYNTAX_ERROR.count("\n")
FAILURES = {
    "raises": (voice('raise ValueError(f"{call.caller} said {call.speech}")'), "ValueError at "),
    "raises-async": (voice("raise KeyError(call.caller)", define="async def"), "KeyError at "),
    "raises-ours": (
        voice("from switchboard.errors import ConfigurationError; raise ConfigurationError(call.caller)"),
        "ConfigurationError at ",
    ),
    "exits": (voice("sys.exit(3)"), "SystemExit at "),
    "exits-async": (voice("sys.exit(3)", define="async def"), "SystemExit at "),
    "hangs": (voice("time.sleep(3)"), "no answer within 0.3 s"),
    "hangs-async": (voice("await asyncio.sleep(60)", define="async def"), "no answer within 0.3 s"),
    "blocks": (voice("time.sleep(3)", define="async def"), "no answer within 0.3 s: an async flow blocks"),
    "string": (voice('return "<Response/>"'), "returned str, not VoiceResponse"),
    "nothing": (voice("pass"), "returned NoneType, not VoiceResponse"),
    "of-texts": (voice("return MessagingResponse()"), "returned MessagingResponse, not VoiceResponse"),
    "no-xml": (voice('r = VoiceResponse(); r.name = "a b"; return r'), "the TwiML that it returned"),
    "other-name": (voice("return VoiceResponse()", name="other"), "flows.py registers no voice flow of this name"),
    "syntax": (SYNTAX_ERROR, f"flows.py, line {SYNTAX_LINE}: SyntaxError"),
    "import": ("import no_such_package_of_ours\n", "flows.py, line 1: ModuleNotFoundError: no module named no_such"),
    "import-hangs": ("import time; time.sleep(3)\n", "no answer within 0.3 s"),
}


@contextmanager
def worker(folder: Path, flows: str | None, environ: dict[str, str] | None = None) -> Iterator[FakeServices]:
    """A worker with this flows.py, whose flows have 0.3 s."""
    path = folder / "flows.py"
    if flows is not None:
        path.write_text(flows)
    current = FakeServices(numbers=numbers(NUMBERS), hours_clock=StoppedClock(NOW))
    current.environ = {**current.environ, **(environ or {})}
    current.flows = current.close_later(FlowsFile(path, most_seconds=SECONDS))
    with serving(current):
        yield current


@pytest.fixture(autouse=True)
def log(log: Log) -> Log:
    """All that is logged."""
    return log


def form(**more: str) -> dict[str, str]:
    """A webhook of a call to the number, or of a text."""
    return {"CallSid": "CA1", "MessageSid": "SM1", "From": CALLER, "To": NUMBER, "Direction": "inbound"} | more


@pytest.mark.parametrize("name", FAILURES)
async def test_a_caller_hears_an_apology_for_a_flow_that_fails(name: str, tmp_path: Path) -> None:
    """In the number's language; what failed is an event with the reason."""
    flows, reason = FAILURES[name]
    with worker(tmp_path, flows) as current:
        answer = await post(FLOW, form(SpeechResult="the-secret-words"))
        await current.close()
    assert (answer.status, said(answer.text), verbs(answer.text)) == (200, [APOLOGY], ["Say", "Hangup"])
    (event,) = map(published.read, answer.events)
    assert event["type"] == "switchboard.flow.failed"
    assert event["reason"].startswith(reason)
    assert (event["sid"], event["flow"], event["number"]) == ("CA1", "reservations", "Front desk")


@pytest.mark.parametrize("name", FAILURES)
async def test_calls_and_texts_go_on_beside_a_flow_that_fails(name: str, tmp_path: Path) -> None:
    """The menu, the voicemail, a keyword."""
    with worker(tmp_path, FAILURES[name][0]) as current:
        await post(FLOW, form())
        menu = await post("/api/voice/incoming", form())
        voicemail = await post("/api/voice/menu?name=Front+desk", form(Digits="2"))
        keyword = await post("/api/sms/incoming", form(Body="horas"))
        await current.close()
    assert said(menu.text)[0] == "Bem-vindo."
    assert "Record" in verbs(voicemail.text)
    assert said(keyword.text) == ["Das 9 às 18."]


@pytest.mark.parametrize("name", FAILURES)
async def test_one_line_without_what_the_caller_said(name: str, tmp_path: Path, log: Log) -> None:
    """Reason and place alone: an exception's text may quote anybody."""
    with worker(tmp_path, FAILURES[name][0]) as current:
        await post(FLOW, form(SpeechResult="the-secret-words"))
        await current.close()
    assert (
        log.text.count("event=flow_failed flow=reservations id=CA1 reason=") == 2
    )  # message and attribute: one record
    assert log.found() == []
    assert CALLER[1:] not in log.text


async def test_a_text_flow_that_fails_gets_an_apology_by_text(tmp_path: Path) -> None:
    """The text itself was published first."""
    with worker(tmp_path, text("raise ValueError(message.body)")) as current:
        answer = await post("/api/sms/incoming", form(Body="Where is my order?"))
        await current.close()
    assert said(answer.text) == [TEXT_APOLOGY]
    assert [published.read(event)["type"] for event in answer.events] == [
        "switchboard.sms.received",
        "switchboard.flow.failed",
    ]


@pytest.mark.parametrize(
    ("body", "expected"),
    [("horas", ["Das 9 às 18."]), ("STOP", []), ("where is it?", ["flow"]), ("*", ["flow"])],
)
async def test_a_text_flow_answers_what_no_keyword_does(body: str, expected: list[str], tmp_path: Path) -> None:
    """Opt-out words first, then a keyword, then the flow; `"*"` is not reached."""
    with worker(tmp_path, text('r = MessagingResponse(); r.message("flow"); return r')) as current:
        answer = await post("/api/sms/incoming", form(Body=body))
        await current.close()
    assert said(answer.text) == expected


async def test_a_reservation_is_made_by_keys(tmp_path: Path) -> None:
    """From the menu over three steps, by the relative URLs, to the event."""
    with worker(tmp_path, RESERVATIONS) as current:
        answer = await post("/api/voice/menu?name=Front+desk", form(Digits="1"))
        target = urljoin("/api/voice/menu", only(answer.text, "Redirect").text or "")
        assert target == FLOW
        answer = await post(target, form())
        for key in "421"[:3]:
            target = urljoin(target, only(answer.text, "Gather").attrib["action"])
            answer = await post(target, form(Digits=key))
        await current.close()
    assert said(answer.text) == ["Thank you. We look forward to seeing you."]
    (event,) = map(published.read, answer.events)
    assert (event["type"], event["id"], event["subject"]) == ("reservation.made", "CA1", "CA1")
    assert (event["caller"], event["people"], event["time"]) == (CALLER, 4, "20:00")


async def test_a_flow_depends_on_no_storage(tmp_path: Path) -> None:
    """The caller hears the answer when its event cannot be published."""
    flows = voice('context.publish(Event(type="a")); r = VoiceResponse(); r.say("ok"); return r')
    with worker(tmp_path, flows) as current:
        assert isinstance(current.queues, FakeQueues)
        current.queues.broken.add("events")
        answer = await post(FLOW, form())
        await current.close()
    assert (said(answer.text), answer.events) == (["ok"], ())


@pytest.mark.parametrize("name", ["reservations", "absent"])
async def test_the_signature_is_verified_before_the_name_is_looked_up(name: str, tmp_path: Path) -> None:
    """Who is not Twilio does not learn which flows there are, and loads nothing."""
    with worker(tmp_path, "raise SystemExit") as current:
        request = webhook(f"/api/flows/{name}", form(), signature="wrong")
        routed = func.HttpRequest("POST", request.url, headers=dict(request.headers), body=request.get_body())
        answer = await user_function(flows_blueprint.flow)(req=routed)
        await current.close()
        assert "flows" not in vars(current) or not current.flows._loaded.age() < 1e9
    assert answer.status_code == 403


async def test_a_blocked_loop_is_replaced(tmp_path: Path) -> None:
    """The next async flow answers."""
    flows = voice('time.sleep(3 if call.step else 0); r = VoiceResponse(); r.say("ok"); return r', define="async def")
    with worker(tmp_path, flows) as current:
        assert said((await post(f"{FLOW}&step=block", form())).text) == [APOLOGY]
        assert said((await post(FLOW, form())).text) == ["ok"]
        await current.close()


async def test_a_task_that_exits_leaves_the_loop_of_the_others_running(tmp_path: Path) -> None:
    """asyncio ends a loop whose task raises SystemExit: each later async flow would fail."""
    body = "await asyncio.gather(stop()) if call.digits else None; r = VoiceResponse(); r.say('ok'); return r"
    flows = IMPORTS + "\nasync def stop():\n    sys.exit(1)\n" + voice(body, define="async def")
    with worker(tmp_path, flows) as current:
        assert said((await post(FLOW, form(Digits="1"))).text) == [APOLOGY]
        assert said((await post(FLOW, form())).text) == ["ok"]
        assert said((await post(FLOW, form())).text) == ["ok"]
        await current.close()


async def test_a_flow_may_say_what_a_person_typed(tmp_path: Path) -> None:
    """Characters that XML cannot hold are left out, and the call goes on."""
    with worker(tmp_path, voice('r = VoiceResponse(); context.say(r, "a\\x00b"); return r')) as current:
        assert said((await post(FLOW, form())).text) == ["ab"]
        await current.close()


async def test_the_same_text_is_answered_by_a_flow_ten_times(tmp_path: Path) -> None:
    """Two programs that answer each other would never stop."""
    with worker(tmp_path, text('r = MessagingResponse(); r.message("ok"); return r')) as current:
        answers = [
            said((await post("/api/sms/incoming", form(Body="1", MessageSid=f"SM{count}"))).text) for count in range(12)
        ]
        await current.close()
    assert answers == [["ok"]] * 10 + [[]] * 2


async def test_a_helper_that_fails_once_registers_its_flows_later(tmp_path: Path) -> None:
    """The file is loaded again, and so are the modules beside it."""
    (tmp_path / "helper_of_flows.py").write_text(voice("r = VoiceResponse(); r.say('ok'); return r"))
    (tmp_path / "flows.py").write_text(
        "import sys\nsys.path.insert(0, __file__.rpartition('/')[0])\nimport helper_of_flows\n1 / 0\n"
    )
    with pytest.raises(FlowFailed):
        load(tmp_path / "flows.py")
    (tmp_path / "flows.py").write_text("import helper_of_flows\n")
    assert set(load(tmp_path / "flows.py").voice) == {"reservations"}


async def test_what_a_flow_logs_is_a_line_without_numbers(tmp_path: Path, log: Log) -> None:
    """With the flow's name and the call's SID."""
    body = 'context.logger.info("%s said %s, +351 910-000-077", call.caller, call.speech); return VoiceResponse()'
    with worker(tmp_path, voice(body)) as current:
        await post(FLOW, form(SpeechResult="the-secret-words"))
        await current.close()
    assert "event=flow_log flow=reservations id=CA1 line=… said …, …" in log.text
    assert log.found() == []


async def checks(path: str = "http://x/api/health") -> dict[str, str]:
    """What the health page says."""
    health_of_worker.cache_clear()
    response = await user_function(health)(req=func.HttpRequest("GET", path, body=b""))
    health_of_worker.cache_clear()
    found: dict[str, str] = json.loads(response.get_body())["checks"]
    return found


async def test_health_names_file_and_line_of_a_syntax_error(tmp_path: Path) -> None:
    """The other checks are well, and texts and calls go on: see above."""
    with worker(tmp_path, SYNTAX_ERROR) as current:
        found = await checks()
        await current.close()
    assert found["flows"].startswith(f"flows.py, line {SYNTAX_LINE}: SyntaxError: ")
    assert {name: said_of for name, said_of in found.items() if said_of != "ok"}.keys() == {"flows"}


async def test_health_names_flows_that_are_not_registered(tmp_path: Path) -> None:
    """Without flows.py numbers.toml must not name a flow."""
    with worker(tmp_path, None) as current:
        assert (await checks())["flows"].endswith("voice flow reservations, text flow orders")
        await current.close()
    with worker(tmp_path, RESERVATIONS + ORDERS) as current:
        assert (await checks())["flows"] == "ok"
        await current.close()


def test_function_app_does_not_load_the_file() -> None:
    """A worker's services have no flows until one is requested."""
    with serving(FakeServices()):
        assert "flows" not in vars(services.current())


@pytest.mark.parametrize("local", [True, False])
async def test_the_traceback_is_in_the_answer_on_a_developers_machine_only(local: bool, tmp_path: Path) -> None:
    """For the phone page. In Azure an answer never has it."""
    with worker(tmp_path, voice('raise ValueError("a table for nobody")')) as current:
        current.settings = msgspec.structs.replace(current.settings, local=local)
        request = webhook(FLOW, form())
        routed = func.HttpRequest(
            "POST",
            request.url,
            headers=dict(request.headers),
            route_params={"name": "reservations"},
            body=request.get_body(),
        )
        response = await user_function(flows_blueprint.flow)(req=routed)
        await current.close()
    header = response.headers.get(FLOW_ERROR_HEADER)
    assert (header is not None) == local
    if local:
        text_of_error = base64.b64decode(header).decode()
        assert text_of_error.rstrip().endswith("ValueError: a table for nobody")
        assert re.search(r'flows\.py", line \d+, in flow', text_of_error)
