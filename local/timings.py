"""How long a lost answer takes to settle on a developer's machine: seconds, where Azure takes minutes."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

CLAIM, SETTLE = "DELIVERY_CLAIM_SECONDS", "DELIVERY_SETTLE_SECONDS"
# The app's defaults, which hold in Azure, and those of the local stack. A claim must outlast four times the start of a
# request; Twilio's simulated callbacks come within a second.
IN_AZURE = {CLAIM: 120, SETTLE: 300}
HERE = {CLAIM: 30, SETTLE: 5}


def shorten(environ: MutableMapping[str, str]) -> None:
    """Set the two settings to the stack's values, except one that has a value already."""
    for name, seconds in HERE.items():
        if not environ.get(name, "").strip():
            environ[name] = str(seconds)


def to_json(environ: Mapping[str, str]) -> dict[str, object]:
    """Return for each setting its value here and in Azure, for the page."""
    return {name: {"here": environ.get(name, ""), "azure": str(seconds)} for name, seconds in IN_AZURE.items()}
