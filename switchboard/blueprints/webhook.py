"""What every webhook does at the door: read the request, check that it is Twilio's, and answer whatever happens."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import ParamSpec

import azure.functions as func

from switchboard import services, signature
from switchboard.errors import ConfigurationError, SecretsUnavailable, WebhookIncomplete, WebhookRefused, describe
from switchboard.refusal_log import refusals
from switchboard.signature import Verified

logger = logging.getLogger(__name__)

P = ParamSpec("P")
Handler = Callable[P, Awaitable[func.HttpResponse]]


async def verify(request: func.HttpRequest) -> Verified:
    """What Twilio says. Raises WebhookRefused; when the signature fails, the tokens are read anew first."""
    edges = services.current()
    arrived = signature.Request(
        method=request.method,
        url=request.url,
        content_type=request.headers.get("Content-Type", ""),
        body=request.get_body(),
        signature=request.headers.get("X-Twilio-Signature", ""),
    )
    tokens = await edges.secrets.auth_tokens()
    try:
        return signature.verify(arrived, edges.settings.public_origin, tokens)
    except WebhookRefused:
        refreshed = await edges.secrets.refreshed_auth_tokens() if arrived.signature else tokens
        if refreshed == tokens:
            raise
        return signature.verify(arrived, edges.settings.public_origin, refreshed)


def webhook(on_failure: Callable[[], func.HttpResponse]) -> Callable[[Handler[P]], Handler[P]]:
    """Answer for what a handler raises: 403, 400, 503 without any token, and `on_failure` for everything else."""

    def guard(handler: Handler[P]) -> Handler[P]:
        @functools.wraps(handler)
        async def answered(*args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
            try:
                return await handler(*args, **kwargs)
            except WebhookRefused as refused:
                refusals.log(handler.__name__, refused)
                return sentence(403, f"Not a webhook of Twilio's: {refused}.")
            except WebhookIncomplete as incomplete:
                logger.warning("event=webhook_incomplete function=%s reason=%s", handler.__name__, incomplete)
                return sentence(400, f"{incomplete}.")
            except (SecretsUnavailable, ConfigurationError) as unready:
                logger.error("event=webhook_unready function=%s error=%s", handler.__name__, describe(unready))
                return sentence(503, "Not ready: see the log, or /api/health.")
            except Exception as error:
                logger.error("event=webhook_failed function=%s error=%s", handler.__name__, describe(error))
                return on_failure()

        return answered

    return guard


def twiml(document: str) -> func.HttpResponse:
    """A TwiML document, as Twilio wants it."""
    return func.HttpResponse(document, mimetype="text/xml")


def no_content() -> func.HttpResponse:
    """What a status callback is answered."""
    return func.HttpResponse(status_code=204)


def sentence(status: int, text: str) -> func.HttpResponse:
    """One line of text."""
    return func.HttpResponse(text + "\n", status_code=status)
