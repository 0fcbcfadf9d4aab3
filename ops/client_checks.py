"""The checks of `doctor` for agents in the browser: API key, TwiML app, token, voice SDK and the page's policy."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

from twilio.base.exceptions import TwilioException
from twilio.jwt import JwtDecodeError
from twilio.jwt.access_token import AccessToken

from ops.app_probe import AppProbe
from ops.command import CommandContext
from ops.errors import OpsError
from ops.numbers_file import read_numbers
from ops.webhook_urls import application_fields, changes
from switchboard.client.files import signalling_hosts
from switchboard.client.token import TOKEN_SECONDS, check_configured, mint
from switchboard.errors import ConfigurationError
from switchboard.settings import Settings
from switchboard.urls import is_loopback

Check = Callable[[], Awaitable[str]]

IDENTITY = "doctor"
# What the policy must forbid and allow. `local` is the stand-in's signalling, on this machine.
DEFAULT_SOURCE = "default-src 'none'"


async def client_checks(
    context: CommandContext, app: AppProbe, numbers_file: Path | None
) -> AsyncIterator[tuple[str, Check]]:
    """Yields each check with its name; one alone where agents in the browser are not set up."""
    settings = context.services.settings
    agents = [each for each in read_numbers(context.deployment, numbers_file).agents.values() if each.client]
    if not agents or not settings.twiml_app_sid:
        yield "browser agents", partial(_unused, len(agents))
        return
    yield "browser agents", partial(_configured, context, {each.name for each in agents})
    yield "TwiML app", partial(_twiml_app, context)
    yield "access token", partial(_access_token, context)
    yield "voice SDK", partial(_voice_sdk, app)
    yield "softphone page", partial(_page, app, settings)


async def _unused(agents: int) -> str:
    if not agents:
        return "not used: no agent of numbers.toml has a client"
    return "not used: TWILIO_TWIML_APP_SID is not set"


async def _configured(context: CommandContext, agents: set[str]) -> str:
    """Checks both settings, and that the keys can be read."""
    try:
        check_configured(context.services.settings)
    except ConfigurationError as missing:
        raise OpsError(f"{missing}: see docs/guide.md, Take calls in a browser") from missing
    with_key = agents & set(await context.services.agent_keys.read())
    if not with_key:
        raise OpsError("no agent has a key: `./sb ops agents key NAME`")
    return f"{len(with_key)} of {len(agents)} agents with a client have a key"


async def _twiml_app(context: CommandContext) -> str:
    """Checks that the account has the TwiML app, and that it asks this app."""
    settings = context.services.settings
    found = await (await context.services.twilio_account()).application(settings.twiml_app_sid)
    if found is None:
        raise OpsError("the account does not have it: `./sb ops point --client`, or correct TWILIO_TWIML_APP_SID")
    if differing := changes(found, application_fields(settings.public_origin)):
        fields = ", ".join(change.field for change in differing)
        raise OpsError(f"its {fields} do not point to this app: `./sb ops point --client`")
    return "points to this app"


async def _access_token(context: CommandContext) -> str:
    """Makes a token as the app does, decodes it with the secret, and compares what Twilio checks."""
    settings = context.services.settings
    secret = await context.services.secrets.api_key_secret()
    if problems := token_problems(mint(settings, secret, IDENTITY), settings, secret):
        raise OpsError("; ".join(problems))
    return f"signed by {settings.api_key_sid[:6]}…, for {TOKEN_SECONDS} s"


def token_problems(token: str, settings: Settings, secret: str) -> list[str]:
    """Returns which claims of a token are not what Twilio checks."""
    try:
        read: Any = AccessToken.from_jwt(token, secret)
    except (JwtDecodeError, TwilioException) as error:
        return [f"the token cannot be decoded: {type(error).__name__}"]
    claims, headers = read.payload, read.headers
    wanted = {"incoming": {"allow": True}, "outgoing": {"application_sid": settings.twiml_app_sid}}
    right = {
        "iss": claims.get("iss") == settings.api_key_sid,
        "sub": claims.get("sub") == settings.account_sid,
        "grants": claims.get("grants") == {"identity": IDENTITY, "voice": wanted},
        "exp": 0 < claims.get("exp", 0) - time.time() <= TOKEN_SECONDS,
        "twr": headers.get("twr", "") == settings.region,
    }
    return [f"the token's {name} is not right" for name, is_right in right.items() if not is_right]


async def _voice_sdk(app: AppProbe) -> str:
    status, body, _ = await app.get("/api/client/twilio.min.js")
    if status != 200 or "Twilio" not in body:
        raise OpsError("the app does not have it: run `make client` and deploy again")
    return f"{len(body) // 1000} kB"


async def _page(app: AppProbe, settings: Settings) -> str:
    status, _, headers = await app.get("/api/client")
    if status != 200:
        raise OpsError(f"answered {status}")
    if problem := policy_problem(headers.get("Content-Security-Policy", ""), settings):
        raise OpsError(problem)
    return "its policy names the hosts that it needs, and no other"


def policy_problem(policy: str, settings: Settings) -> str:
    """Returns what is wrong with the page's Content-Security-Policy, "" for nothing."""
    directives = {name: set(sources) for name, *sources in (part.split() for part in policy.split(";") if part.split())}
    if directives.get("default-src") != {"'none'"}:
        return f"its Content-Security-Policy lacks {DEFAULT_SOURCE}"
    if not directives.get("script-src", set()) <= {"'self'"}:
        return "its Content-Security-Policy allows scripts of other hosts"
    found = directives.get("connect-src", set()) - {"'self'"}
    needed = set(signalling_hosts(settings.region))
    is_local = settings.local and bool(found) and all(is_loopback(each) for each in found)
    if is_local:
        return ""
    if extra := found - needed:
        return f"its Content-Security-Policy lets it connect to {', '.join(sorted(extra))}"
    missing = sorted(needed - found)
    return f"its Content-Security-Policy does not let it connect to {', '.join(missing)}" if missing else ""
