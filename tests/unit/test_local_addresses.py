"""The addresses of the local stack: read from the settings, changed by options, written back."""

import pytest

from local import settings
from local.addresses import Ports, point_at_app, point_at_stack, standin_url, storage_with
from local.errors import LocalError
from local.settings import development_storage

MOVED = Ports(functions=8071, twilio=8072, blob=8000, queue=8001, table=8002)
AZURE = "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net"


def test_without_settings_the_ports_are_the_usual_ones() -> None:
    """Those that the documentation names."""
    assert Ports.from_environ({}) == Ports(functions=7071, twilio=7072, blob=10000, queue=10001, table=10002)


def test_settings_for_this_machine_have_the_ports() -> None:
    """In each notation of loopback."""
    environ = {
        "PUBLIC_BASE_URL": "http://localhost:8071",
        "TWILIO_API_BASE_URL": "http://127.0.0.1:8072",
        "AzureWebJobsStorage": development_storage(8000, 8001, 8002),
    }
    assert Ports.from_environ(environ) == MOVED


@pytest.mark.parametrize("elsewhere", ["https://voice.example.com", "https://voice.example.com:8071", "http://[", ""])
def test_an_address_of_another_machine_changes_no_port(elsewhere: str) -> None:
    """A tunnel's origin, or Azure's storage, leaves the usual ports."""
    environ = {"PUBLIC_BASE_URL": elsewhere, "TWILIO_API_BASE_URL": elsewhere, "AzureWebJobsStorage": AZURE}
    assert Ports.from_environ(environ) == Ports()


def test_the_stack_reads_what_it_writes() -> None:
    """So commands with its settings find it."""
    environ: dict[str, str] = {}
    point_at_stack(environ, MOVED)
    assert Ports.from_environ(environ) == MOVED


def test_the_stack_uses_only_this_machine() -> None:
    """Whatever the settings named: the demo must not text a real person, nor write to a real account's queues."""
    environ = {"TWILIO_API_BASE_URL": "", "AzureWebJobsStorage": AZURE}
    point_at_stack(environ, Ports())
    assert environ["TWILIO_API_BASE_URL"] == "http://127.0.0.1:7072"
    assert environ["AzureWebJobsStorage"] == development_storage(10000, 10001, 10002)


def test_a_public_origin_stays() -> None:
    """A tunnel leads to the app wherever that is; only a loopback origin moves with it."""
    environ = {"PUBLIC_BASE_URL": "https://tunnel.example.com"}
    point_at_app(environ, 8071)
    assert environ["PUBLIC_BASE_URL"] == "https://tunnel.example.com"


def test_two_parts_on_one_port_are_refused() -> None:
    """Before one of them fails to start."""
    Ports().check()
    with pytest.raises(LocalError, match="5 parts need a port each, and there are only 7071, 10000, 10001, 10002"):
        Ports().moved(twilio=7071).check()


def test_an_option_takes_precedence_over_the_settings() -> None:
    """For the stand-in and the queues."""
    environ = {"TWILIO_API_BASE_URL": "http://127.0.0.1:8072", "AzureWebJobsStorage": "UseDevelopmentStorage=true"}
    assert standin_url(environ) == "http://127.0.0.1:8072"
    assert standin_url(environ, 9072) == "http://127.0.0.1:9072"
    assert storage_with(environ) == development_storage(10000, 10001, 10002)
    assert storage_with(environ, 9001) == development_storage(10000, 9001, 10002)
    assert storage_with({"AzureWebJobsStorage": AZURE}) == AZURE


@pytest.mark.parametrize(
    ("environ", "bypassed"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "intranet.example"}, "intranet.example,127.0.0.1,localhost"),
        ({"NO_PROXY": "other.example", "no_proxy": "localhost, a.example"}, "localhost,a.example,127.0.0.1"),
    ],
)
def test_this_machine_is_reached_without_a_proxy(environ: dict[str, str], bypassed: str) -> None:
    """Whichever of the two names a program reads; what was there stays."""
    settings.bypass_proxy(environ)
    assert (environ["NO_PROXY"], environ["no_proxy"]) == (bypassed, bypassed)


def test_a_star_for_all_hosts_stays() -> None:
    """It counts only when it is alone."""
    environ = {"no_proxy": "*"}
    settings.bypass_proxy(environ)
    assert environ == {"no_proxy": "*"}
