"""The command line's requests to a running stand-in: it simulates a text or a call to the app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import aiohttp

from local.errors import LocalError
from local.request_guard import KEY_HEADER
from local.run_file import key_of_standin
from local.running import silence
from local.twilio.twiml.document import indent

CONNECT_SECONDS = 2
WHOLE_SECONDS = 600


class StandInError(LocalError):
    """The stand-in cannot do the request; the message says why, and what to do."""


async def incoming_text(
    standin_url: str,
    *,
    sender: str,
    body: str,
    to: str | None = None,
    media: Iterable[str] = (),
    opt_out: str = "",
    key: str | None = None,
) -> str:
    """Text the app, and return the transcript: requests, TwiML, and what the TwiML does. Raises StandInError.

    `key` is the stand-in's; None for the one in local/run.json.
    """
    request: dict[str, object] = {"from": sender, "body": body, "media": list(media), "opt_out": opt_out}
    answer = await post(standin_url, "/standin/texts", request, to, key=key)
    return "\n".join(_steps(answer["steps"]))


async def incoming_call(
    standin_url: str,
    *,
    caller: str,
    press: Iterable[str] = (),
    say: Iterable[str] = (),
    to: str | None = None,
    callee: str = "",
    agent_comes: bool = False,
    key: str | None = None,
) -> str:
    """Call the app, and return the transcript. Each Gather takes the next of `press` or `say`.

    `callee` is how all calls end that the app dials: `answers`, `no-answer`, `busy` or `failed`. `key` is the
    stand-in's; None for the one in local/run.json. Raises StandInError.
    """
    request: dict[str, object] = {
        "from": caller,
        "press": list(press),
        "say": list(say),
        "callee": callee,
        "agent_comes": agent_comes,
    }
    answer = await post(standin_url, "/standin/calls", request, to, key=key)
    call = answer["call"]
    ending = f"the call is {call['status']}" + (f" after {call['duration']} s" if call["start_time"] else "")
    return "\n".join([*_steps(answer["steps"]), ending])


async def post(
    standin_url: str, path: str, body: Mapping[str, object], to: str | None = None, *, key: str | None = None
) -> dict[str, Any]:
    """Post to the control API, and return its answer. Raises StandInError."""
    headers = {KEY_HEADER: key_of_standin(standin_url) if key is None else key}
    body = {**body, "to": to} if to else body
    limits = aiohttp.ClientTimeout(total=WHOLE_SECONDS, sock_connect=CONNECT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limits) as session,
            session.post(standin_url.rstrip("/") + path, json=body, headers=headers) as response,
        ):
            answer = await response.json(content_type=None)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise StandInError(silence("Twilio's stand-in", standin_url.rstrip("/"))) from error
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise StandInError(f"what answers at {standin_url} is not Twilio's stand-in, or stopped: {error}") from error
    return _checked(answer, standin_url)


def _checked(answer: object, standin_url: str) -> dict[str, Any]:
    if not isinstance(answer, dict) or not answer.keys() & {"steps", "error"}:
        raise StandInError(f"what answers at {standin_url} is not Twilio's stand-in")
    if "error" in answer:
        raise StandInError(str(answer["error"]))
    return answer


def _steps(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        if step["method"]:
            outcome = step["status"] or "no answer"
            yield f"{step['method']} {step['path']}  {outcome}, {step['milliseconds']} ms"
        elif step["summary"]:
            yield step["summary"]
        if step["twiml"].strip():
            yield from (f"    {line}" for line in indent(step["twiml"]).splitlines())
        yield from (f"  ! {problem}" for problem in step["problems"])
        yield from (f"  → {sentence}" for sentence in step["sentences"])
