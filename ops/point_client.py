"""The TwiML app of agents in the browser at Twilio: found by its SID or name, or made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ops.errors import OpsError

if TYPE_CHECKING:
    from ops.twilio_account import TwilioAccount

APPLICATION = "switchboard"


async def find(account: TwilioAccount, sid: str) -> Any:  # noqa: ANN401  # twilio has no type information
    """Returns the TwiML app of the setting, else the one named `switchboard`, None without any. Raises OpsError."""
    if sid:
        found = await account.application(sid)
        if found is None:
            raise OpsError(f"the account has no TwiML app {sid}: correct TWILIO_TWIML_APP_SID, or leave it empty")
        return found
    named = await account.applications(APPLICATION)
    if len(named) > 1:
        sids = ", ".join(each.sid for each in named)
        raise OpsError(
            f"the account has several TwiML apps named {APPLICATION}: set TWILIO_TWIML_APP_SID to one: {sids}"
        )
    return named[0] if named else None


def to_set(sid: str, setting: str) -> list[str]:
    """Returns what is left to do: nothing where the setting has this SID."""
    return [] if sid == setting else [f"Set TWILIO_TWIML_APP_SID={sid}, and deploy."]
