"""What every webhook does: read the request, verify the signature, and answer whatever happens."""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ParamSpec

import azure.functions as func

from switchboard.errors import (
    ConfigurationError,
    SecretsUnavailable,
    SwitchboardError,
    WebhookIncomplete,
    WebhookRefused,
    WebhookTooLarge,
    describe,
)
from switchboard.refusal_log import refusals

if TYPE_CHECKING:
    from switchboard.form import Verified

# Within this an event must be published before a webhook is answered. Twilio waits 15 s, and then repeats the webhook.
PUBLISH_SECONDS = 8
# On a developer's machine only; local/twilio/webhooks.py reads it.
FLOW_ERROR_HEADER = "X-Switchboard-Flow-Error"

logger = logging.getLogger(__name__)

P = ParamSpec("P")
Handler = Callable[P, Awaitable[func.HttpResponse]]


async def verify(request: func.HttpRequest) -> Verified:
    """Returns the parameters of a request that Twilio signed. Raises WebhookRefused.

    Reads the keys again before it refuses: they may have been rotated. The shared key is read for a request that says
    that it is signed by one, so that no other webhook waits for it.
    """
    from switchboard import services, signature

    received = signature.Request(
        method=request.method,
        url=request.url,
        content_type=request.headers.get("Content-Type", ""),
        body=request.get_body(),
        signature=request.headers.get("X-Twilio-Signature", ""),
        signature_settings=request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""),
    )
    signature.check_size(received)
    current = services.current()
    origin = current.settings.public_origin
    secrets = current.secrets
    read, read_again = secrets.auth_tokens, secrets.refreshed_auth_tokens
    if received.is_by_shared_key:
        read, read_again = secrets.shared_keys, secrets.refreshed_shared_keys
    keys = await read()
    try:
        return signature.verify(received, origin, keys)
    except WebhookRefused:
        refreshed = await read_again() if received.signature else keys
        if refreshed == keys:
            raise
        return signature.verify(received, origin, refreshed)


def webhook(on_failure: Callable[[], func.HttpResponse]) -> Callable[[Handler[P]], Handler[P]]:
    """Answers for what a handler raises: 403, 413, 400, 503 without any token, and `on_failure` for everything else."""

    def decorate(handler: Handler[P]) -> Handler[P]:
        @functools.wraps(handler)
        async def answer(*args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
            try:
                return await handler(*args, **kwargs)
            except WebhookRefused as refused:
                refusals.log(handler.__name__, refused)
                return sentence(403, f"Not a webhook of Twilio's: {refused}.")
            except WebhookTooLarge as too_large:
                refusals.log(handler.__name__, too_large)
                return sentence(413, f"Not a webhook of Twilio's: {too_large}.")
            except WebhookIncomplete as incomplete:
                logger.warning("event=webhook_incomplete function=%s reason=%s", handler.__name__, incomplete)
                return sentence(400, f"{incomplete}.")
            except (SecretsUnavailable, ConfigurationError) as unready:
                logger.error("event=webhook_unready function=%s error=%s", handler.__name__, describe(unready))
                return sentence(503, "Not ready: see the log, or /api/health.")
            except Exception as error:
                logger.error("event=webhook_failed function=%s error=%s", handler.__name__, describe(error))
                return on_failure()

        return answer

    return decorate


def apologize() -> func.HttpResponse:
    """Returns TwiML with an apology for an error of ours, in the file's language if the settings can be read."""
    from switchboard import prompts, services
    from switchboard.voice.speech import failure

    try:
        numbers = services.current().numbers
        sentences = numbers.sentences(numbers.unknown.language)
    except SwitchboardError:
        sentences = prompts.english()
    return twiml(failure(sentences))


def twiml(document: str) -> func.HttpResponse:
    """Returns a TwiML document with the content type that Twilio needs, without the characters that XML cannot hold."""
    from switchboard.text import xml_text

    return func.HttpResponse(xml_text(document), mimetype="text/xml")


def flow_twiml(document: str, traceback_header: str) -> func.HttpResponse:
    """Returns the answer of a flow, with the traceback of its failure for the phone page, "" for none."""
    response = twiml(document)
    if traceback_header:
        response.headers[FLOW_ERROR_HEADER] = traceback_header
    return response


def no_content() -> func.HttpResponse:
    """Returns the answer to a status callback."""
    return func.HttpResponse(status_code=204)


def sentence(status: int, text: str) -> func.HttpResponse:
    """Returns one line of text."""
    return func.HttpResponse(text + "\n", status_code=status)
