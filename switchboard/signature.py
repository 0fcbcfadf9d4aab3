"""Is this webhook really Twilio's, behind a proxy too.

Twilio signs each request with the account's auth token: base64 of HMAC-SHA1 over the URL exactly as it called it and,
for a form POST, every parameter, sorted, name and value run together. A JSON body is covered by its SHA-256 in the
URL's `bodySHA256`. Source: https://www.twilio.com/docs/usage/security.

Behind Azure's front ends a function sees an internal host or scheme, so the origin comes from a setting
(PUBLIC_BASE_URL), and only path and query, byte for byte, from the request.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec
from twilio.request_validator import RequestValidator

from switchboard.errors import WebhookRefused

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
MOST_PARAMETERS = 1000


class Form(dict[str, list[str]]):
    """Parameters by name, each with its values in the order they came; blank values are kept."""

    @classmethod
    def parse(cls, encoded: str) -> Form:
        """Read form encoding. Raises ValueError when it is not that: bad UTF-8, or too many parameters."""
        form = cls()
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=MOST_PARAMETERS)
        for name, value in pairs:
            form.setdefault(name, []).append(value)
        return form

    def getlist(self, name: str) -> list[str]:
        """All values of a parameter: the name that Twilio's validator asks for."""
        return self.get(name, [])

    def text(self, name: str) -> str:
        """The first value of a parameter, "" when it is absent."""
        values = self.get(name)
        return values[0] if values else ""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What arrived. `url` may have any origin: only what follows it is used. `signature` is "" without the header."""

    method: str
    url: str
    content_type: str
    body: bytes
    signature: str

    @property
    def target(self) -> str:
        """Path and raw query, byte for byte as they stand in the URL."""
        after_scheme = self.url.partition("://")[2]
        slash = after_scheme.find("/")
        return after_scheme[slash:].partition("#")[0] if slash >= 0 else "/"


class Verified(msgspec.Struct, frozen=True):
    """What a request that is surely Twilio's says: its query's parameters, and its form's (empty for GET and JSON)."""

    query: Form
    form: Form


def verify(request: Request, origin: str, tokens: Iterable[str]) -> Verified:
    """Return what Twilio says, or raise WebhookRefused.

    `origin` is the public scheme and host without a slash at its end, `tokens` every auth token that may have signed
    (two while a rotation is under way). Compares in constant time and tries every token.
    """
    if not request.signature:
        raise WebhookRefused("no X-Twilio-Signature header")
    verified = _read(request)
    signed = _signatures(request.target, origin, tokens, verified.form)
    given = request.signature.encode(errors="replace")
    matches = [hmac.compare_digest(given, candidate.encode()) for candidate in signed]
    if not any(matches):
        raise WebhookRefused("the signature does not match: check PUBLIC_BASE_URL and the auth token")
    return verified


def _read(request: Request) -> Verified:
    """The parameters, provided that the body is what its content type says."""
    if not request.target.isascii():
        raise WebhookRefused("the URL is not one: it holds characters that a URL must escape")
    try:
        query = Form.parse(request.target.partition("?")[2])
        if request.method == "GET":
            return Verified(query, Form())
        kind = request.content_type.partition(";")[0].strip().lower()
        if kind == FORM or not (kind or request.body):
            return Verified(query, Form.parse(request.body.decode("ascii")))
        if kind == JSON:
            _check_body_hash(request)
            return Verified(query, Form())
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise WebhookRefused("the request is not what its content type says") from error
    raise WebhookRefused("the content type is not one that Twilio sends")


def _check_body_hash(request: Request) -> None:
    """A JSON body is signed by its hash in the query, and must be JSON."""
    hashes = parse_qs(request.target.partition("?")[2]).get("bodySHA256", [])
    computed = hashlib.sha256(request.body).hexdigest()
    if len(hashes) != 1 or not hmac.compare_digest(hashes[0].lower().encode(), computed.encode()):
        raise WebhookRefused("bodySHA256 is missing or is not the body's")
    msgspec.json.decode(request.body)


def _signatures(target: str, origin: str, tokens: Iterable[str], form: Form) -> list[str]:
    """What Twilio's signature would be, for each token and each way that Twilio may have written the port."""
    urls = [way + target for way in _port_both_ways(origin)]
    return [RequestValidator(token).compute_signature(url, form) for token in tokens if token for url in urls]


def _port_both_ways(origin: str) -> list[str]:
    """The origin as it is, and with its port left out or its scheme's default port written out."""
    parts = urlsplit(origin)
    host = origin.partition("://")[2]
    if parts.port is None:
        return [origin, f"{origin}:{443 if parts.scheme == 'https' else 80}"]
    return [origin, f"{parts.scheme}://{host.rpartition(':')[0]}"]
