"""Builds the real edges, once per worker, each when it is first asked for. Tests put their own in their place.

A webhook's cold start loads none of the heavier packages: an adapter is imported by the property that builds it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from switchboard.delivery import Delivery, Outbox, Twilio, status_url
from switchboard.errors import ConfigurationError
from switchboard.health import Health
from switchboard.settings import Settings
from switchboard.voice import CallFlow

logger = logging.getLogger(__name__)


class Secrets(Protocol):
    """Where the auth tokens come from. Each raises SecretsUnavailable while no value has ever been read."""

    async def auth_tokens(self) -> tuple[str, ...]:
        """Every token that may have signed a webhook, the primary first."""

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """The same, read anew unless that was done within a minute: a rotation may have happened."""

    async def api_key_secret(self) -> str:
        """The secret of TWILIO_API_KEY_SID."""

    async def check(self) -> None:
        """Whether secrets can be read at this moment."""


class Services:
    """The edges of one worker, and what is built from its settings. Bound to the event loop they are first used on."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Read the settings. Raises ConfigurationError."""
        self._environ = environ
        self.settings = Settings.from_environ(environ)
        for problem in self.settings.ignored:
            logger.error("event=setting_ignored problem=%s", problem)

    @cached_property
    def flow(self) -> CallFlow:
        """The call flow of the settings."""
        return CallFlow.from_settings(self.settings, status_url(self.settings, "recording"))

    @cached_property
    def secrets(self) -> Secrets:
        """Key Vault, or on a developer's machine the token that is set there."""
        if self.settings.auth_token:
            return LocalSecrets(self.settings.auth_token)
        from azure.identity.aio import DefaultAzureCredential

        from switchboard.adapters.key_vault import KeyVaultSecrets

        return KeyVaultSecrets(self.settings.key_vault_url, DefaultAzureCredential())

    @cached_property
    def twilio(self) -> Twilio:
        """Twilio's REST API."""
        from switchboard.adapters.twilio_api import TwilioApi

        return TwilioApi(self.settings, self.secrets)

    @cached_property
    def outbox(self) -> Outbox:
        """Queue Storage."""
        from switchboard.adapters.queue_outbox import QueueOutbox
        from switchboard.adapters.storage_connection import StorageConnection

        return QueueOutbox(StorageConnection.from_environ(self._environ))

    @cached_property
    def delivery(self) -> Delivery:
        """Delivery on the real edges."""
        return Delivery(self.settings, self.twilio, self.outbox)

    async def close(self) -> None:
        """Close the connections of the edges that were built."""
        for name in ("twilio", "outbox", "secrets"):
            close = getattr(self.__dict__.get(name), "close", None)
            if close is not None:
                await close()


class LocalSecrets:
    """The auth token of local.settings.json. There is no vault, so there is no API key's secret."""

    def __init__(self, auth_token: str) -> None:
        self._tokens = (auth_token,)

    async def auth_tokens(self) -> tuple[str, ...]:
        """The one token."""
        return self._tokens

    async def refreshed_auth_tokens(self) -> tuple[str, ...]:
        """The one token: it changes with a restart only."""
        return self._tokens

    async def api_key_secret(self) -> str:
        """Raises ConfigurationError."""
        raise ConfigurationError("TWILIO_API_KEY_SID: needs KEY_VAULT_URL, where its secret is kept")

    async def check(self) -> None:
        """There is nothing to reach."""


_current: Services | None = None


def current() -> Services:
    """This worker's services, built from the environment at first. Raises ConfigurationError."""
    global _current
    if _current is None:
        _current = Services(os.environ)
    return _current


def replace(services: Services | None) -> Services | None:
    """Put other services in their place (None: build them anew) and return those that were there."""
    global _current
    _current, previous = services, _current
    return previous


async def close() -> None:
    """Close this worker's services, if there are any; the next to ask builds them anew."""
    previous = replace(None)
    if previous is not None:
        await previous.close()


async def _check_settings() -> None:
    problems = current().settings.ignored
    if problems:
        raise ConfigurationError("; ".join(problems))


async def _check_secrets() -> None:
    await current().secrets.check()


async def _check_storage() -> None:
    await current().outbox.check()


health = Health({"settings": _check_settings, "secrets": _check_secrets, "storage": _check_storage})
