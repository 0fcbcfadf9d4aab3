"""The services of a worker: what is built is closed, and what is not built stays so."""

from switchboard import services
from switchboard.services import Services
from tests.fakes import ENVIRONMENT, FakeServices
from tests.functions import serving


class Closable:
    """An edge that knows whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    async def close(self) -> None:
        """Note it."""
        self.closed = True


async def test_edges_that_were_built_are_closed() -> None:
    """The others are not built for that: their packages stay unloaded."""
    current = Services(ENVIRONMENT)
    outbox = current.__dict__["outbox"] = Closable()
    await current.close()
    assert outbox.closed
    assert "twilio" not in current.__dict__


async def test_edges_without_connections_are_left_alone() -> None:
    """The token of a developer's machine has nothing to close."""
    current = Services(ENVIRONMENT)
    assert await current.secrets.auth_tokens()
    await current.close()


async def test_closing_makes_way_for_new_services() -> None:
    """The next to ask has them built anew; closing twice does no harm."""
    with serving(FakeServices()):
        await services.close()
        await services.close()
        assert services.replace(None) is None
