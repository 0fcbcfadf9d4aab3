"""The services of a worker: each is built on first use and closed at the end."""

from switchboard import services
from switchboard.services import Services
from tests.fakes import ENVIRONMENT, FakeServices
from tests.functions import serving

IN_AZURE = {"KEY_VAULT_URL": "https://x.vault.azure.net", "AzureWebJobsStorage__queueServiceUri": "https://x"}


class Closable:
    """An adapter that records its closing."""

    def __init__(self, name: str, closed: list[str]) -> None:
        self._name = name
        self._closed = closed

    async def close(self) -> None:
        """Records it."""
        self._closed.append(self._name)


async def test_what_was_built_is_closed_in_reverse_order() -> None:
    """Clients before the credential that they use. What was not built stays so, and its packages stay unloaded."""
    current = Services(ENVIRONMENT)
    closed: list[str] = []
    credential, client = (current.close_later(Closable(name, closed)) for name in ("credential", "client"))
    assert credential is not client
    await current.close()
    assert closed == ["client", "credential"]
    assert "twilio" not in current.__dict__


async def test_one_credential_serves_vault_and_storage() -> None:
    """Built once, because each credential has connections and a token cache of its own."""
    current = Services({**IN_AZURE, "AZURE_CLIENT_ID": "x"})
    assert current.credential("x") is current.credential("x")
    await current.close()


async def test_an_adapter_without_connections_is_not_closed() -> None:
    """The token of a developer's machine has nothing to close."""
    current = Services(ENVIRONMENT)
    assert await current.secrets.auth_tokens()
    await current.close()


async def test_services_are_built_again_after_closing() -> None:
    """Closing twice is harmless."""
    with serving(FakeServices()):
        await services.close()
        await services.close()
        assert services.replace(None) is None
