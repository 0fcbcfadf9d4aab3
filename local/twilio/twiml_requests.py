"""Requests for TwiML to the app. What Twilio's debugger would report about an answer goes into the transcript."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from local.twilio.exchange import Exchange
from local.twilio.records import Fetch, Inline
from local.twilio.transcript import Transcript
from local.twilio.twiml.document import Element, TwimlError, parse, read
from local.twilio.twiml.grammar import MESSAGING, VOICE, Grammar, check
from local.twilio.webhooks import PROBLEM_NOT_FETCHED, Answer, Webhook, not_fetched, problems_of

Review = Callable[[Answer], tuple[str, ...]]


async def fetch_voice(
    exchange: Exchange, fetch: Fetch, parameters: Mapping[str, str], summary: str, transcript: Transcript
) -> tuple[Element, str]:
    """Request a voice document: its root, and the public URL that answered. Raises TwimlError."""
    answer = await _request(exchange, fetch, parameters, summary, transcript, _review(VOICE))
    return read(answer.content_type, answer.text), answer.url


async def fetch_messaging(
    exchange: Exchange, fetch: Fetch, parameters: Mapping[str, str], summary: str, transcript: Transcript
) -> tuple[Element, str]:
    """Request a messaging document; an empty answer is an empty <Response>. Raises TwimlError."""
    answer = await _request(exchange, fetch, parameters, summary, transcript, _review_messaging)
    if not answer.text.strip():
        return Element("Response", {}), answer.url
    return read(answer.content_type, answer.text), answer.url


def read_inline(inline: Inline, transcript: Transcript) -> Element:
    """Read the TwiML of a REST request's `Twiml`. Raises TwimlError."""
    try:
        root = parse(inline.twiml)
    except TwimlError as error:
        transcript.begin_inline(inline.twiml, (str(error),))
        raise
    transcript.begin_inline(inline.twiml, tuple(check(root, VOICE)))
    return root


async def _request(
    exchange: Exchange,
    fetch: Fetch,
    parameters: Mapping[str, str],
    summary: str,
    transcript: Transcript,
    review: Review,
) -> Answer:
    merged = {**parameters, **fetch.parameters}
    webhook = Webhook(url=fetch.url, method=fetch.method, parameters=merged, summary=summary, review=review)
    answer = await exchange.webhooks.send(webhook)
    transcript.begin(summary, answer, problems_of(webhook, answer))
    if not answer.ok:
        raise TwimlError(PROBLEM_NOT_FETCHED, not_fetched(answer).removeprefix(f"{PROBLEM_NOT_FETCHED} "))
    return answer


def _review(grammar: Grammar) -> Review:
    def review(answer: Answer) -> tuple[str, ...]:
        try:
            return tuple(check(read(answer.content_type, answer.text), grammar))
        except TwimlError as error:
            return (str(error),)

    return review


def _review_messaging(answer: Answer) -> tuple[str, ...]:
    return _review(MESSAGING)(answer) if answer.text.strip() else ()
