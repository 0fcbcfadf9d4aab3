"""Cold start as in Azure: the auth token is read from a vault, by the app's identity."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.figures import Measured, Runs, ratio, spreads
from benchmarks.fresh_process import (
    APPS,
    PARAMETERS,
    TOKEN,
    Ask,
    answer,
    helper_folder,
    published_copy,
    signed_form,
)
from benchmarks.plan import Plan
from benchmarks.storage import storage
from tests.key_vault_double import KeyVaultDouble

NAME = "cold-vault"
TITLE = "cold start, token from a vault"
ROUNDS = 10
TEXT = {"MessageSid": "SM" + "1" * 32, "From": "+15005550006", "To": "+15005550001", "Body": "Hello"}


async def measure(plan: Plan) -> Measured:
    """Compares a first call and a first text with the same SDKs, imported and asked once."""
    rounds = plan.rounds(ROUNDS)
    with tempfile.TemporaryDirectory() as folder, KeyVaultDouble.in_thread({"twilio-auth-token": TOKEN}) as vault:
        async with storage() as (options, _):
            environ = {**environ_of(vault), "AzureWebJobsStorage": options.connection_string}
            cases = {name: partial(answer, ask) for name, ask in asks(Path(folder), environ).items()}
            runs: Runs = await plan.interleave(NAME, cases, rounds)
    findings = [
        ratio(runs, "time", "call", "SDKs for a call", limit=1.15),
        ratio(runs, "cpu", "call", "SDKs for a call"),
        ratio(runs, "memory", "call", "SDKs for a call"),
        ratio(runs, "time", "text", "SDKs for a text", limit=1.15),
        ratio(runs, "cpu", "text", "SDKs for a text"),
        ratio(runs, "memory", "text", "SDKs for a text"),
    ]
    return Measured(name=NAME, title=TITLE, rounds=rounds, findings=findings, cases=spreads(runs))


def environ_of(vault: KeyVaultDouble) -> Mapping[str, str]:
    """Returns the settings of an app in Azure whose vault and identity are these."""
    return {
        **vault.identity_environment,
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "SSL_CERT_FILE": vault.ca_file,
        "KEY_VAULT_URL": vault.url,
        "TWILIO_AUTH_TOKEN": "",
    }


def asks(folder: Path, environ: Mapping[str, str]) -> dict[str, Ask]:
    """Returns the four cases."""
    call, text = signed_form("/api/voice/incoming", PARAMETERS), signed_form("/api/sms/incoming", TEXT)
    own = published_copy(folder / "published")
    environ = {**environ, "PYTHONPATH": str(helper_folder(folder))}
    ours: dict[str, Any] = {"folder": own, "environ": environ, "prepared": "trust_double", "expects": "<Response"}
    return {
        "SDKs for a call": Ask(folder=APPS / "vault", function="hello", trigger=call, environ=environ),
        "call": Ask(function="voice_incoming", trigger=call, **ours),
        "SDKs for a text": Ask(folder=APPS / "vault_text", function="hello", trigger=text, environ=environ),
        "text": Ask(function="sms_incoming", trigger=text, **ours),
    }
