"""The first check of `doctor`: what all the others need, which is the local stack or a login."""

from __future__ import annotations

from functools import partial

from ops.command import CommandContext
from ops.deployment import QUEUE_ENDPOINT
from ops.errors import NOT_RUNNING, OpsError
from ops.numbers_checks import Check
from switchboard.settings import KEY_VAULT_URL

# The scope of tokens for Queue and Table Storage.
STORAGE_SCOPE = "https://storage.azure.com/.default"


def reachability(context: CommandContext) -> tuple[str, Check]:
    """Returns the check with its name."""
    if context.deployment.local:
        return "local stack", partial(_local_stack, context)
    return "login", partial(_login, context)


async def _local_stack(context: CommandContext) -> str:
    """Checks that storage listens. Raises OpsError."""
    from local.running import listens, silence
    from local.settings import STORAGE, queue_origin
    from switchboard.urls import is_loopback

    origin = queue_origin(context.deployment.environ.get(STORAGE, ""))
    if not origin:
        raise OpsError(NOT_RUNNING)
    if is_loopback(origin) and not listens(origin):
        raise OpsError(silence("storage", origin))
    return f"its storage answers at {origin}"


async def _login(context: CommandContext) -> str:
    """Gets a token for storage. Raises what Azure's SDK raises."""
    if not any(context.deployment.environ.get(name) for name in (QUEUE_ENDPOINT, KEY_VAULT_URL)):
        context.deployment.require(QUEUE_ENDPOINT)
    await context.services.credential().get_token(STORAGE_SCOPE)
    return "accepted"
