"""Makes the app accept the vault of this machine, which is not at vault.azure.net: imported before a function runs."""

from __future__ import annotations

from functools import cached_property

from switchboard import services
from switchboard.secrets import Secrets


class DoubleServices(services.Services):
    """The services of a worker, with a client that accepts the vault's host."""

    @cached_property
    def secrets(self) -> Secrets:
        """Key Vault, by the SDK and the credential that Azure has."""
        from switchboard.adapters.key_vault import KeyVaultSecrets

        options = {"verify_challenge_resource": False}
        return KeyVaultSecrets(self.settings.key_vault_url, self.credential(), client_options=options)


services.build_with(DoubleServices)
