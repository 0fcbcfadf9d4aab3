"""`agents`: the keys by which agents sign in to the softphone in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ops.command import CommandContext, NumbersFileOption, YesOption, command, command_group
from ops.errors import OpsError

if TYPE_CHECKING:
    from pathlib import Path

    from switchboard.client.agent_keys import AgentKeys

app = command_group("Manage the keys of agents who take calls in a browser.")
NAME = typer.Argument(metavar="NAME", help="The agent's name in numbers.toml.", show_default=False)


@command(app, "key")
async def key(
    context: CommandContext, name: Annotated[str, NAME], file: NumbersFileOption = None, yes: YesOption = False
) -> None:
    """Make a key for an agent, and show it once. It replaces the key that the agent has.

    The vault holds a hash only: a key that is lost is replaced by a new one.

    \b
    Examples:
      ./sb ops agents key operator --local
      ./sb ops agents key alice --vault kv-abc
    """
    from datetime import UTC, datetime

    from switchboard.client.agent_keys import AgentKey, hash_of, new_key
    from switchboard.clock import timestamp

    _check_agent(context, name, file)
    store = context.services.agent_keys
    if name in await store.read():
        context.terminal.confirm(f"{name} has a key, which will no longer be valid. Replace it?", yes=yes)
    made = new_key()
    kept = AgentKey(hash_of(made), timestamp(datetime.now(UTC)))
    await store.change(lambda known: {**known, name: kept}, lambda known: known.get(name) == kept)
    lines = (f"The key of {name}, shown this once: {made}", f"Page: {_page(context)}")
    context.terminal.answer({"agent": name, "key": made, "page": _page(context)}, *lines)


@command(app, "keys")
async def keys(context: CommandContext) -> None:
    """List the agents who have a key, and when it was set.

    \b
    Examples:
      ./sb ops agents keys --local
      ./sb ops agents keys --json --vault kv-abc
    """
    known = await context.services.agent_keys.read()
    rows = [(name, each.set_at or "unknown") for name, each in sorted(known.items())]
    context.terminal.table([{"agent": name, "set": set_at} for name, set_at in rows], ("agent", "set"), rows)


@command(app, "revoke")
async def revoke(context: CommandContext, name: Annotated[str, NAME], yes: YesOption = False) -> None:
    """Revoke an agent's key. Within a minute it gets no new token; a token lasts an hour at most.

    \b
    Examples:
      ./sb ops agents revoke operator --local --yes
      ./sb ops agents revoke alice --vault kv-abc
    """
    store = context.services.agent_keys
    if name not in await store.read():
        raise OpsError(f"{name} has no key: `./sb ops agents keys` lists those who have one")
    context.terminal.confirm(f"Revoke the key of {name}?", yes=yes)

    def without(known: AgentKeys) -> AgentKeys:
        return {each: known[each] for each in known if each != name}

    await store.change(without, lambda known: name not in known)
    context.terminal.answer({"agent": name, "revoked": True}, f"{name} has no key any more")


def _check_agent(context: CommandContext, name: str, file: Path | None) -> None:
    """Raises OpsError for a name that no agent with a client has: its key would open nothing."""
    from ops.numbers_file import read_numbers

    agents = read_numbers(context.deployment, file).agents
    if name not in agents:
        raise OpsError(f"numbers.toml has no agent {name}; it has {', '.join(agents) or 'none'}")
    if not agents[name].client:
        raise OpsError(f'{name} has no client: write {name} = {{ client = "…" }} in numbers.toml')


def _page(context: CommandContext) -> str:
    """The page's address, as far as the app's address is known here."""
    from switchboard.settings import PUBLIC_BASE_URL

    return f"{context.deployment.environ.get(PUBLIC_BASE_URL) or 'https://<app>'}/api/client"
