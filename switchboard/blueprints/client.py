"""`/api/client`: agents in the browser. The page and its token are for people, `client/voice` is for Twilio.

`client/voice` depends on no storage: an agent is on the line.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import azure.functions as func

from switchboard.blueprints.webhook import apologize, sentence, twiml, verify, webhook
from switchboard.errors import ConfigurationError, SecretsUnavailable, describe

if TYPE_CHECKING:
    from switchboard.client.sign_in import SignIn

JSON = "application/json"
LARGEST_BODY = 4 * 1024

logger = logging.getLogger(__name__)

blueprint = func.Blueprint()


class Unreadable(Exception):
    """A request for a token is not one: the message says what is expected."""


def json_answer(status: int, data: object, headers: dict[str, str] | None = None) -> func.HttpResponse:
    """Returns JSON that no cache keeps."""
    import msgspec

    return func.HttpResponse(
        msgspec.json.encode(data),
        status_code=status,
        mimetype=JSON,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} | (headers or {}),
    )


def problem(status: int, code: str, text: str, headers: dict[str, str] | None = None) -> func.HttpResponse:
    """Returns an error: what to do, and a word for the page."""
    return json_answer(status, {"error": text, "code": code}, headers)


def read_sign_in(request: func.HttpRequest) -> SignIn:
    """Reads the agent's name and key. Raises Unreadable.

    Only JSON is read: no other website can make a browser send that without being allowed to.
    """
    import msgspec

    from switchboard.client.sign_in import SignIn

    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != JSON:
        raise Unreadable(f"Send {JSON}.")
    if len(request.get_body()) > LARGEST_BODY:
        raise Unreadable("The request is larger than 4 KiB.")
    try:
        return msgspec.json.decode(request.get_body(), type=SignIn)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable('Send {"agent": "…", "key": "…"}.') from error


def address_of(request: func.HttpRequest) -> str:
    """Returns the address that the request came from: the last one, which Azure's front end adds; "" without any."""
    last = str(request.headers.get("X-Forwarded-For", "")).rpartition(",")[2].strip()
    host, colon, port = last.rpartition(":")
    is_with_port = bool(colon) and port.isdigit() and (host.count(":") == 0 or host.endswith("]"))
    return host if is_with_port else last


async def token_for(request: func.HttpRequest) -> func.HttpResponse:
    """Checks the agent's key and returns the token and what the page shows. Raises what `answered` answers for."""
    from switchboard import services
    from switchboard.client import token
    from switchboard.client.sign_in import sign_in

    current = services.current()
    given = read_sign_in(request)
    try:
        token.check_configured(current.settings)
    except ConfigurationError as missing:
        return problem(501, "not_configured", f'{missing}: see "Take calls in a browser" in docs/guide.md.')
    numbers = current.numbers
    agent = await sign_in(given, address_of(request), numbers, current.secrets, current.sign_in_limits)
    minted = token.mint(current.settings, await current.secrets.api_key_secret(), agent.client)
    return json_answer(200, token.answer(current.settings, numbers, agent, minted))


@blueprint.route("client/token", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
async def client_token(req: func.HttpRequest) -> func.HttpResponse:
    """Gives an agent's browser a token."""
    from switchboard.client.sign_in import SignInRefused, SlowDown

    try:
        return await token_for(req)
    except Unreadable as unreadable:
        return problem(400, "bad_request", str(unreadable))
    except SignInRefused:
        text = "The key is not right for this agent. `./sb ops agents key` makes a new one."
        return problem(401, "wrong_key", text)
    except SlowDown as slow_down:
        text = f"Too many wrong keys. Try again in {slow_down.seconds} seconds."
        return problem(429, "slow_down", text, {"Retry-After": str(slow_down.seconds)})
    except (SecretsUnavailable, ConfigurationError) as unready:
        logger.error("event=client_unready function=client_token error=%s", describe(unready))
        return problem(503, "unavailable", "Not ready: see the log, or /api/health.")
    except Exception as error:
        logger.error("event=client_failed function=client_token error=%s", describe(error))
        return problem(503, "unavailable", "Something went wrong on our side: see the log.")


@blueprint.route("client/voice", methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
@webhook(apologize)
async def client_voice(req: func.HttpRequest) -> func.HttpResponse:
    """An agent's browser dials, or what it dialled has ended."""
    verified = await verify(req)

    from switchboard import services
    from switchboard.client import dialling

    current = services.current()
    answer = dialling.answer(verified, current.numbers, current.settings, current.call_limits)
    if answer.refused:
        logger.warning("event=client_call_refused agent=%s reason=%s", answer.agent, answer.refused)
    return twiml(answer.document)


@blueprint.route("client/{file?}", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def client_page(req: func.HttpRequest) -> func.HttpResponse:
    """Returns the page, or one of its files. The page's links are relative to an address without a slash at its end."""
    if req.url.partition("?")[0].endswith("/"):
        return func.HttpResponse(status_code=308, headers={"Location": "../client"})
    from switchboard import services
    from switchboard.client import files

    try:
        region = services.current().settings.region
    except ConfigurationError as unready:
        logger.error("event=page_unready function=client_page error=%s", describe(unready))
        return sentence(503, "Not ready: see the log, or /api/health.")
    found = files.find(req.route_params.get("file", ""), region)
    if found is None:
        return sentence(404, "There is no such file.")
    if files.is_current(found, req.headers.get("If-None-Match")):
        return func.HttpResponse(status_code=304, headers=found.headers)
    return func.HttpResponse(found.body, mimetype=found.mimetype, headers=found.headers)
