"""Requests to the app, as Twilio makes them: signed, with time limits, retried as the URL's fragment says.

https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

from __future__ import annotations

import asyncio
import base64
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, quote, urldefrag, urlencode, urljoin

import aiohttp
from twilio.request_validator import RequestValidator
from yarl import URL

from local.twilio.faults import Faults
from local.twilio.gate import Gate
from local.twilio.numbers import whole
from local.twilio.options import Patience, StandInOptions
from local.twilio.wire import Entry, Wire

MOST_REDIRECTS = 5
MOST_RETRIES = 5
PROBLEM_NOT_FETCHED = 11200
# As switchboard/blueprints/webhook.py names it.
FLOW_ERROR_HEADER = "X-Switchboard-Flow-Error"
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The app's answer. `url` is the public URL that answered. `status` is 0, and `failure` set, without an answer.

    `traceback` is that of a flow which failed: the app sends it on a developer's machine only.
    """

    url: str
    method: str
    status: int
    content_type: str
    text: str
    milliseconds: int
    failure: str = ""
    location: str = ""
    traceback: str = ""

    @property
    def ok(self) -> bool:
        """Is the status 2xx?"""
        return 200 <= self.status < 300


def no_review(answer: Answer) -> tuple[str, ...]:
    """Accept any answer."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """One request to the app: its public URL, with connection overrides in the fragment, and its parameters.

    `review` returns the problems of a 2xx answer, as Twilio's debugger reports them.
    """

    url: str
    summary: str
    method: str = "POST"
    parameters: Mapping[str, str] = field(default_factory=dict)
    review: Callable[[Answer], tuple[str, ...]] = no_review


@dataclass(frozen=True)
class Overrides:
    """The connection overrides of a URL's fragment: number of retries, failures to retry, timeouts in seconds."""

    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})
    connect: float = 5
    answer: float = 15

    @classmethod
    def of(cls, fragment: str, patience: Patience) -> Overrides:
        """Read `rc`, `rp`, `ct` and `rt` (milliseconds); an absent or malformed one keeps Twilio's default."""
        fields = {name: values[-1] for name, values in parse_qs(fragment).items()}
        return cls(
            retries=min(_whole(fields.get("rc", ""), 1), MOST_RETRIES),
            policy=frozenset(fields.get("rp", "ct").split(",")),
            connect=min(_whole(fields.get("ct", ""), 5000) / 1000, patience.connect),
            answer=min(_whole(fields.get("rt", ""), 15000) / 1000, patience.answer),
        )

    def wants_retry(self, answer: Answer) -> bool:
        """Does Twilio retry after this failure?"""
        kind = answer.failure if answer.status == 0 else f"{answer.status // 100}xx"
        return kind in ("ct", "rt", "4xx", "5xx") and bool(self.policy & {kind, "all"})


class Webhooks:
    """Sends webhooks, and adds each attempt to the wire."""

    def __init__(self, options: StandInOptions, wire: Wire, faults: Faults) -> None:
        self._options = options
        self._wire = wire
        self._faults = faults
        self._validator = RequestValidator(options.auth_token)
        self._session: aiohttp.ClientSession | None = None
        self._held: dict[str, list[Webhook]] = {}
        self.gate = Gate()

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()

    async def send(self, webhook: Webhook) -> Answer:
        """Send the request with its retries, and return the last answer."""
        url, fragment = urldefrag(webhook.url)
        overrides = Overrides.of(fragment, self._options.patience)
        token = str(uuid.uuid4())
        request = replace(webhook, url=url)
        answer = await self._follow(request, overrides, token)
        for _ in range(overrides.retries):
            if not overrides.wants_retry(answer):
                break
            await asyncio.sleep(self._options.pace.step)
            answer = await self._follow(request, overrides, token)
        if self._faults.take("duplicate"):
            await self._follow(replace(request, summary=f"{request.summary}, sent twice"), overrides, token)
        return answer

    async def send_in_sequence(self, sid: str, webhook: Webhook, *, last: bool) -> Answer | None:
        """Send one of a text's or call's callbacks, the `last` of which ends the sequence.

        With the fault `disordered` the callbacks are held, and sent at the end, the last one first: its answer, None
        for one that is held.
        """
        if sid not in self._held and (last or not self._faults.take("disordered")):
            return await self.send(webhook)
        self._held.setdefault(sid, []).append(webhook)
        if not last:
            return None
        answers = [await self.send(held) for held in reversed(self._held.pop(sid))]
        return answers[0]

    async def _follow(self, webhook: Webhook, overrides: Overrides, token: str) -> Answer:
        """Send the request and follow redirects, once the gate is open."""
        async with self.gate.passing():
            return await self._redirected(webhook, overrides, token)

    async def _redirected(self, webhook: Webhook, overrides: Overrides, token: str) -> Answer:
        """Send the request and follow redirects: 301 to 303 make it a GET without parameters."""
        answer = await self._request(webhook, overrides, token)
        for _ in range(MOST_REDIRECTS):
            if not answer.location:
                break
            url = urldefrag(urljoin(webhook.url, answer.location)).url
            webhook = replace(webhook, url=url)
            if answer.status in (301, 302, 303):
                webhook = replace(webhook, method="GET", parameters={})
            answer = await self._request(webhook, overrides, token)
        return answer

    async def _request(self, webhook: Webhook, overrides: Overrides, token: str) -> Answer:
        url, form = _encode(webhook.url), dict(webhook.parameters)
        if webhook.method == "GET" and form:
            url, form = f"{url}{'&' if '?' in url else '?'}{urlencode(form)}", {}
        signature = self._validator.compute_signature(url, form)
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Twilio-Signature": signature,
            "I-Twilio-Idempotency-Token": token,
        }
        begun = time.monotonic()
        answer = await self._send_once(webhook.method, url, form, headers, overrides)
        answer = replace(answer, milliseconds=round((time.monotonic() - begun) * 1000))
        self._log(webhook, answer, signature)
        return answer

    async def _send_once(
        self, method: str, url: str, form: dict[str, str], headers: dict[str, str], overrides: Overrides
    ) -> Answer:
        failed = Answer(url=url, method=method, status=0, content_type="", text="", milliseconds=0)
        try:
            target = URL(self._target(url), encoded=True)
            limits = aiohttp.ClientTimeout(total=overrides.answer, sock_connect=overrides.connect)
            body = urlencode(form).encode() if method != "GET" else None
            if body is not None:
                headers = headers | {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
            async with self._connections().request(
                method, target, data=body, headers=headers, timeout=limits, allow_redirects=False
            ) as response:
                return replace(
                    failed,
                    status=response.status,
                    content_type=response.content_type if "Content-Type" in response.headers else "",
                    text=(await response.read()).decode(errors="replace"),
                    traceback=_decoded(response.headers.get(FLOW_ERROR_HEADER, "")),
                    location=response.headers.get("Location", "") if 300 <= response.status < 400 else "",
                )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            return replace(failed, failure="ct", text=f"no connection: {error}")
        except (TimeoutError, aiohttp.ClientError, ValueError) as error:
            reason = str(error) or f"no answer within {overrides.answer:g} s"
            return replace(failed, failure="rt", text=reason)

    def _connections(self) -> aiohttp.ClientSession:
        """Return the session, which opens a connection for each request: a restart of the app breaks an open one."""
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True))
        return self._session

    def _target(self, url: str) -> str:
        """Replace the app's public origin by its local one."""
        origin = self._options.public_origin
        rest = url.removeprefix(origin)
        ours = rest != url and (not rest or rest[0] in "/?")
        return self._options.app_url.rstrip("/") + rest if ours else url

    def _log(self, webhook: Webhook, answer: Answer, signature: str) -> None:
        outcome = str(answer.status) if answer.status else answer.text
        entry = Entry(
            direction="webhook",
            method=webhook.method,
            path=path_of(answer.url),
            status=answer.status,
            milliseconds=answer.milliseconds,
            summary=f"{webhook.summary}: {outcome}",
            parameters=dict(webhook.parameters),
            response=answer.text,
            signature=signature,
            problems=problems_of(webhook, answer),
            traceback=answer.traceback,
        )
        self._wire.add(entry)


def problems_of(webhook: Webhook, answer: Answer) -> tuple[str, ...]:
    """Return what Twilio's debugger reports about an answer: nothing about a redirect."""
    if answer.ok:
        return webhook.review(answer)
    return () if answer.location else (not_fetched(answer),)


def _decoded(header: str) -> str:
    try:
        return base64.b64decode(header).decode(errors="replace")
    except ValueError:
        return ""


def not_fetched(answer: Answer) -> str:
    """Return what Twilio's debugger reports about an answer without success."""
    outcome = f"HTTP {answer.status}" if answer.status else answer.text
    return f"{PROBLEM_NOT_FETCHED} HTTP retrieval failure: {answer.method} {path_of(answer.url)}: {outcome}"


def path_of(url: str) -> str:
    """Return a URL's path and query, percent-encoded as it is."""
    return URL(url, encoded=True).raw_path_qs


def _whole(text: str, default: int) -> int:
    number = whole(text)
    return default if number is None else number


def _encode(url: str) -> str:
    """Percent-encode the characters that a URL may not have. Encoded ones stay as they are."""
    return quote(url, safe=_PRINTABLE)
