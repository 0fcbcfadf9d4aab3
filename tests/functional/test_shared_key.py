"""Webhooks signed by a shared key in place of the auth token: from the vault's protocol to the webhook's answer."""

from typing import cast

import azure.functions as func
import pytest
from twilio.request_validator import RequestValidator

from switchboard.adapters.key_vault import AUTH_TOKEN, SHARED_KEY
from tests.fakes import ORIGIN, FakeSecrets, FakeServices
from tests.functions import WEBHOOKS, answer_to, serving, webhook
from tests.key_vault_double import Clock, KeyVaultDouble, reading

INCOMING = "/api/voice/incoming"
FORM = {
    "CallSid": "CA1",
    "CallStatus": "completed",
    "MessageSid": "SM1",
    "MessageStatus": "sent",
    "RecordingSid": "RE1",
    "RecordingStatus": "completed",
    "From": "+15005550006",
    "To": "+15005550001",
}


async def status(key: str, path: str = INCOMING, settings: str = "key=k1,algorithm=HMAC_SHA256") -> int:
    """What a webhook signed by this key is answered with."""
    signature = cast("str", RequestValidator(key).compute_signature(ORIGIN + path, FORM, "HMAC_SHA256"))
    signed = webhook(path, FORM, signature=signature)
    headers = {**signed.headers, "X-Twilio-Webhooks-Signature-Settings": settings}
    return (await answer_to(path, func.HttpRequest("POST", signed.url, headers=headers, body=signed.get_body()))).status


@pytest.mark.parametrize("path", WEBHOOKS)
async def test_every_webhook_is_accepted_by_the_shared_key(path: str) -> None:
    """And refused by another key, or by the auth token used as one."""
    with serving(FakeServices(secrets=FakeSecrets(tokens=("token",), shared=("shared",)))):
        assert await status("shared", path) in (200, 204)
        assert await status("another", path) == 403
        assert await status("token", path) == 403


async def test_the_auth_token_is_accepted_beside_it() -> None:
    """Twilio signs with either, as the account is set up; a header says which."""
    secrets = FakeSecrets(tokens=("token",), shared=("shared",))
    with serving(FakeServices(secrets=secrets)):
        assert (await answer_to(INCOMING, webhook(INCOMING, FORM, token="token"))).status == 200
    assert secrets.shared_reads == 0


async def test_without_a_shared_key_in_the_vault_such_a_webhook_is_refused() -> None:
    """The secret is optional, and the vault is asked about it once a minute at most."""
    async with KeyVaultDouble({AUTH_TOKEN: "token"}) as vault, reading(vault) as secrets:
        with serving(FakeServices(secrets=secrets)):
            assert [await status("shared") for _ in range(10)] == [403] * 10
    assert vault.asked[SHARED_KEY] == 2
    assert AUTH_TOKEN not in vault.asked


@pytest.mark.parametrize("pause", [0, 599])
async def test_the_first_webhook_signed_by_a_new_shared_key_is_accepted(pause: float) -> None:
    """Without a restart; the old one is refused from then on."""
    clock = Clock()
    async with KeyVaultDouble({AUTH_TOKEN: "token", SHARED_KEY: "old"}) as vault, reading(vault, clock) as secrets:
        with serving(FakeServices(secrets=secrets)):
            assert await status("old") == 200
            vault.secrets[SHARED_KEY] = "new"
            clock.advance(pause)
            assert await status("new") == 200
            assert await status("old") == 403


async def test_a_webhook_by_the_auth_token_does_not_wait_for_the_shared_key() -> None:
    """A cold start reads what it needs."""
    async with KeyVaultDouble({AUTH_TOKEN: "token", SHARED_KEY: "shared"}) as vault, reading(vault) as secrets:
        with serving(FakeServices(secrets=secrets)):
            assert (await answer_to(INCOMING, webhook(INCOMING, FORM, token="token"))).status == 200
    assert SHARED_KEY not in vault.asked
