"""Key Vault and the app's managed identity as servers on this machine, which speak the real protocols to the real SDK.

    async with KeyVaultDouble({"twilio-auth-token": "one"}) as vault, reading(vault) as secrets:
        assert await secrets.auth_tokens() == ("one",)

The vault speaks TLS, the identity endpoint plain HTTP, as App Service's does. `with KeyVaultDouble.in_thread(...)` runs
both beside a test that waits for another process.
"""

import asyncio
import hashlib
import ssl
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
import trustme
from aiohttp import web
from azure.identity.aio import ManagedIdentityCredential

from switchboard.adapters.key_vault import WHOLE_SECONDS, KeyVaultSecrets

RESOURCE = "https://vault.azure.net"
TENANT = "https://login.microsoftonline.com/00000000-0000-0000-0000-0000000000aa"
TOKEN_SECONDS = 86_400

Failure = Callable[[web.Request], Awaitable[web.StreamResponse]]


class KeyVaultDouble:
    """A vault in hand: `secrets` (values by name) and `disabled` (names) may be changed at any time.

    `updated` is when they were set, in seconds since 1970.

    `asked` counts the requests with a valid token for each secret, `challenges` those that were answered 401;
    `tokens` holds what the identity has issued. While `identity_failure` is set, the identity answers by it.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None, *, client_id: str | None = None) -> None:
        """`client_id` is the identity's that the token endpoint knows; None for the system-assigned one."""
        self.secrets = dict(secrets or {})
        self.disabled: set[str] = set()
        self.updated = 1_700_000_000
        self.asked: Counter[str] = Counter()
        self.challenges = 0
        self.tokens: list[str] = []
        self.url = ""
        self.ca_file = ""
        self.identity_environment: dict[str, str] = {}
        self.identity_failure: Failure | None = None
        self._client_id = client_id
        self._header = uuid.uuid4().hex
        self._failure: Failure | None = None
        self._failing: frozenset[str] = frozenset()
        self._failures_left = 0.0
        self._open = AsyncExitStack()

    @classmethod
    @contextmanager
    def in_thread(cls, secrets: Mapping[str, str] | None = None, *, client_id: str | None = None) -> Iterator[Self]:
        """A double on its own event loop, in a thread."""
        vault = cls(secrets, client_id=client_id)
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="key-vault-double")
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(vault.__aenter__(), loop).result()
            yield vault
        finally:
            asyncio.run_coroutine_threadsafe(vault.__aexit__(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    async def __aenter__(self) -> Self:
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="key-vault-double-")))
        authority = trustme.CA()
        self.ca_file = str(folder / "authority.pem")
        authority.cert_pem.write_to_path(self.ca_file)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        port = await self._serve(self.routes(), context)
        self.url = f"https://127.0.0.1:{port}"
        port = await self._serve([web.get("/msi/token", self._token)])
        self.identity_environment = {
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{port}/msi/token",
            "IDENTITY_HEADER": self._header,
        }
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    @property
    def client_options(self) -> dict[str, Any]:
        """Options with which azure-keyvault-secrets trusts this vault, whose host is not vault.azure.net."""
        return {"connection_verify": self.ca_file, "verify_challenge_resource": False}

    def credential(self) -> ManagedIdentityCredential:
        """The real credential for this identity endpoint. It reads the environment only when it is created."""
        with pytest.MonkeyPatch.context() as environment:
            for name, value in self.identity_environment.items():
                environment.setenv(name, value)
            credential = ManagedIdentityCredential(client_id=self._client_id)
        self._open.push_async_callback(credential.close)
        return credential

    def fail(self, failure: Failure, *names: str, times: float = float("inf")) -> None:
        """Answers with this failure from now on, or for the next `times` requests; for these secrets, or for all."""
        self._failure, self._failing, self._failures_left = failure, frozenset(names), times

    def recover(self) -> None:
        """Answers without failures again."""
        self._failure = None

    def routes(self) -> list[web.RouteDef]:
        """The routes of the vault."""
        return [web.get("/secrets/{name}{slash:/?}", self._secret)]

    async def _serve(self, routes: list[web.RouteDef], context: ssl.SSLContext | None = None) -> int:
        app = web.Application()
        app.add_routes(routes)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        port: int = runner.addresses[0][1]
        return port

    async def _token(self, request: web.Request) -> web.StreamResponse:
        """App Service's managed identity, 2019-08-01."""
        if self.identity_failure is not None:
            return await self.identity_failure(request)
        if request.headers.get("X-IDENTITY-HEADER") != self._header:
            return _identity_error(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if request.query.get("api-version") != "2019-08-01" or request.query.get("resource") != RESOURCE:
            return _identity_error(400, "api-version or resource is not supported.")
        if request.query.get("client_id") != self._client_id:
            return _identity_error(400, "No managed identity was found for the client id.")
        self.tokens.append(uuid.uuid4().hex)
        expires_on = str(int(time.time()) + TOKEN_SECONDS)
        token = {"access_token": self.tokens[-1], "expires_on": expires_on, "resource": RESOURCE}
        return web.json_response({**token, "token_type": "Bearer", "client_id": self._client_id or ""})

    async def _secret(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if not self.is_known(request):
            return self.challenge()
        self.asked[name] += 1
        failure = self._failure_for(name)
        if failure is not None:
            return await failure(request)
        if "api-version" not in request.query:
            return error(400, "BadParameter", "api-version must be specified")
        if name not in self.secrets:
            return not_found(name)
        if name in self.disabled:
            return error(403, "Forbidden", "Operation get is not allowed on a disabled secret.", "SecretDisabled")
        return web.json_response(bundle(self.url, name, self.secrets[name], self.updated))

    def is_known(self, request: web.Request) -> bool:
        """Whether the request has a token that the identity has issued."""
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens

    def challenge(self) -> web.Response:
        """The answer to a request without a token."""
        self.challenges += 1
        return _unauthorized()

    def _failure_for(self, name: str) -> Failure | None:
        if self._failure is None or self._failures_left < 1 or (self._failing and name not in self._failing):
            return None
        self._failures_left -= 1
        return self._failure


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Advances the time."""
        self.now += seconds


@asynccontextmanager
async def reading(
    vault: KeyVaultDouble, clock: Clock | None = None, *, whole_seconds: float = WHOLE_SECONDS
) -> AsyncIterator[KeyVaultSecrets]:
    """The adapter for this vault, through the real SDK and the real credential, on a clock that a test moves."""
    credential = vault.credential()
    secrets = KeyVaultSecrets(
        vault.url,
        credential,
        clock or Clock(),
        whole_seconds=whole_seconds,
        client_options=vault.client_options,
    )
    try:
        yield secrets
    finally:
        await secrets.close()
        # Here, because the vault may run on another loop.
        await credential.close()


def answering(status: int, code: str, inner_code: str = "", *, retry_after: int | None = None) -> Failure:
    """Key Vault's error with this status, code and inner code."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}

    async def answer(_: web.Request) -> web.Response:
        return error(status, code, f"{code} by the test", inner_code, headers)

    return answer


def answering_text(status: int, text: str, content_type: str = "application/json") -> Failure:
    """An answer that is not a vault's: a proxy's page, half a document."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, content_type=content_type)

    return answer


async def dropping(request: web.Request) -> web.StreamResponse:
    """Closes the connection without an answer."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


class Hanging:
    """Never answers. `reached` is set when a request waits."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        self.reached.set()
        await asyncio.Event().wait()
        return web.Response()


def bundle(url: str, name: str, value: str, updated: int) -> dict[str, object]:
    """A secret in the vault's JSON."""
    version = hashlib.sha256(value.encode()).hexdigest()[:32]
    attributes = {"enabled": True, "created": 1_700_000_000, "updated": updated, "recoverableDays": 7}
    return {"value": value, "id": f"{url}/secrets/{name}/{version}", "attributes": attributes}


def error(
    status: int, code: str, message: str, inner_code: str = "", headers: Mapping[str, str] | None = None
) -> web.Response:
    """Key Vault's error."""
    inner = {"innererror": {"code": inner_code}} if inner_code else {}
    return web.json_response({"error": {"code": code, "message": message, **inner}}, status=status, headers=headers)


def not_found(name: str) -> web.Response:
    """The error for an absent secret."""
    return error(404, "SecretNotFound", f"A secret with (name/id) {name} was not found in this key vault.")


def _unauthorized() -> web.Response:
    challenge = f'Bearer authorization="{TENANT}", resource="{RESOURCE}"'
    message = "AKV10000: Request is missing a Bearer or PoP token."
    return error(401, "Unauthorized", message, headers={"WWW-Authenticate": challenge})


def _identity_error(status: int, message: str) -> web.Response:
    return web.json_response({"statusCode": status, "message": message}, status=status)
