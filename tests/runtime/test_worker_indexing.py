"""The app's functions as the worker reports them to Azure."""

from __future__ import annotations

import pytest

from tests.runtime.worker import Worker

ROUTES = {
    "voice_incoming": ("voice/incoming", {"GET", "POST"}),
    "voice_menu": ("voice/menu", {"POST"}),
    "voice_dialed": ("voice/dialed", {"POST"}),
    "voice_recorded": ("voice/recorded", {"POST"}),
    "voice_hold": ("voice/hold", {"POST"}),
    "voice_agent": ("voice/agent", {"POST"}),
    "voice_screen": ("voice/screen", {"POST"}),
    "flow": ("flows/{name}", {"POST"}),
    "sms_incoming": ("sms/incoming", {"POST"}),
    "status_sms": ("status/sms", {"POST"}),
    "status_call": ("status/call", {"POST"}),
    "status_recording": ("status/recording", {"POST"}),
    "twimlet": ("twimlets/{name}", {"GET", "POST"}),
    "client_page": ("client/{file?}", {"GET"}),
    "client_token": ("client/token", {"POST"}),
    "client_voice": ("client/voice", {"POST"}),
    "health": ("health", {"GET"}),
}
# For people, who have a function key.
PAGES = {"twimlets_page": "twimlets"}
QUEUES = {
    "send_sms": "sms-outbox",
    "place_call": "call-outbox",
    "send_sms_poison": "sms-outbox-poison",
    "place_call_poison": "call-outbox-poison",
}
TIMERS = {"measure_queues": "0 */5 * * * *", "tidy_records": "0 17 3 * * *"}
ANSWER = {"direction": "OUT", "type": "http", "name": "$return"}


def test_every_function_is_indexed_and_no_other(worker: Worker) -> None:
    """One function for each route, each queue and each timer."""
    assert worker.functions.keys() == ROUTES.keys() | PAGES.keys() | QUEUES.keys() | TIMERS.keys()


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_is_anonymous_and_takes_its_methods_only(worker: Worker, name: str) -> None:
    """Twilio has no function key: the signature protects a webhook, and an agent's key a token."""
    route, methods = ROUTES[name]
    trigger = worker.functions[name].trigger
    assert trigger["type"] == "httpTrigger"
    assert trigger["route"] == route
    assert trigger["authLevel"] == "ANONYMOUS"
    assert set(trigger["methods"]) == methods  # type: ignore[call-overload]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_needs_a_function_key(worker: Worker, name: str) -> None:
    """GET only, and without an output binding."""
    trigger = worker.functions[name].trigger
    assert (trigger["route"], trigger["authLevel"], trigger["methods"]) == (PAGES[name], "FUNCTION", ["GET"])
    assert worker.functions[name].outputs == (ANSWER,)


@pytest.mark.parametrize("name", QUEUES)
def test_a_queue_function_reads_its_queue_with_the_apps_connection(worker: Worker, name: str) -> None:
    """The trigger has the queue's name, and the connection of all bindings."""
    trigger = worker.functions[name].trigger
    assert trigger["type"] == "queueTrigger"
    assert trigger["queueName"] == QUEUES[name]
    assert trigger["connection"] == "AzureWebJobsStorage"


@pytest.mark.parametrize("name", TIMERS)
def test_a_timer_has_its_schedule_and_does_not_run_when_a_worker_starts(worker: Worker, name: str) -> None:
    """A new instance does not measure or clean up."""
    trigger = worker.functions[name].trigger
    assert (trigger["type"], trigger["schedule"]) == ("timerTrigger", TIMERS[name])
    assert trigger.get("runOnStartup") is False


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_has_no_output_binding(worker: Worker, name: str) -> None:
    """A binding writes after the function's end, and one that cannot write turns a good answer into 500."""
    assert worker.functions[name].outputs == (ANSWER,)


@pytest.mark.parametrize("name", [*QUEUES, *TIMERS])
def test_a_queue_function_or_timer_has_no_output_binding(worker: Worker, name: str) -> None:
    """The function would end before it is known that the binding failed."""
    assert worker.functions[name].outputs == ()
