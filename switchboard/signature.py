"""Verifies that a webhook is Twilio's, also behind a proxy.

Twilio signs each request with the account's auth token: base64 of HMAC-SHA1 over the exact URL that it called and, for
a form POST, every parameter, sorted, each name followed by its value. A JSON body is covered by its SHA-256 in the
URL's `bodySHA256`. Source: https://www.twilio.com/docs/usage/security. With a shared key it is the same by HMAC-SHA256,
and a header says so.

Behind Azure's front ends a function sees an internal host or scheme, so the origin comes from a setting
(PUBLIC_BASE_URL), and only path and query, byte for byte, from the request. A gateway that removes the beginning of the
path is part of that setting too.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from functools import cache
from urllib.parse import parse_qs, urlsplit

import msgspec
from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, get_signature_algorithm

from switchboard.errors import WebhookRefused, WebhookTooLarge
from switchboard.form import Form, Verified

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
# Twilio's largest forms have a text of 1,600 characters or a transcript, and its JSON a few KiB. A larger request is
# refused before it is decoded, whoever sent it: decoding 30 MB takes seconds and gigabytes.
LARGEST_FORM = 64 * 1024
LARGEST_QUERY = 64 * 1024
LARGEST_JSON = 256 * 1024


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request. Of `url` only path and query are used.

    `signature` and `signature_settings` are "" without their headers, X-Twilio-Signature and
    X-Twilio-Webhooks-Signature-Settings. Twilio sends the second with what it signs by a shared key.
    """

    method: str
    url: str
    content_type: str
    body: bytes
    signature: str
    signature_settings: str = ""

    @property
    def algorithm(self) -> str:
        """How the request says that it is signed: HMAC_SHA1 by an auth token, HMAC_SHA256 by a shared key."""
        return str(get_signature_algorithm(self.signature_settings)).upper()

    @property
    def is_by_shared_key(self) -> bool:
        """Whether the request says that it is signed by a shared key."""
        return self.algorithm == str(HMAC_SHA256)

    @property
    def target(self) -> str:
        """Path and raw query, byte for byte as in the URL."""
        after_scheme = self.url.partition("://")[2]
        slash = after_scheme.find("/")
        return after_scheme[slash:].partition("#")[0] if slash >= 0 else "/"


def verify(request: Request, base_url: str, keys: Iterable[str]) -> Verified:
    """Returns the parameters of a request that Twilio signed. Raises WebhookRefused.

    `base_url` is the public scheme, host and, behind a gateway, path, without a trailing slash. `keys` are all that may
    have signed it: the auth tokens (two during a rotation), or the shared keys for a request that says so. Compares in
    constant time, and stops at the key that matches: which one it is, is no secret.
    """
    if not request.signature:
        raise WebhookRefused("no X-Twilio-Signature header")
    if request.algorithm not in (HMAC_SHA1, HMAC_SHA256):
        raise WebhookRefused("the signature's algorithm is not one that Twilio uses")
    verified = _read(request)
    given = request.signature.encode(errors="replace")
    signed = _signatures(request, base_url, keys, verified.form)
    if not any(hmac.compare_digest(given, candidate.encode()) for candidate in signed):
        key = "shared key" if request.is_by_shared_key else "auth token"
        raise WebhookRefused(f"the signature does not match: check PUBLIC_BASE_URL and the {key}")
    _check_json(request)
    return verified


def check_size(request: Request) -> None:
    """Raises WebhookTooLarge. Compares lengths only, so its work does not grow with the request. Call it first."""
    largest = LARGEST_JSON if _content_type(request) == JSON else LARGEST_FORM
    if len(request.body) > largest:
        raise WebhookTooLarge(f"the body is larger than {largest // 1024} KiB")
    if len(request.url) > LARGEST_QUERY:
        raise WebhookTooLarge(f"the URL is larger than {LARGEST_QUERY // 1024} KiB")


def _content_type(request: Request) -> str:
    """Returns the media type, without its parameters."""
    return request.content_type[:100].partition(";")[0].strip().lower()


def _check_json(request: Request) -> None:
    """Checks that a signed JSON body is JSON. Raises WebhookRefused."""
    if request.method == "GET" or _content_type(request) != JSON:
        return
    try:
        msgspec.json.decode(request.body)
    except (ValueError, msgspec.DecodeError, RecursionError) as error:
        raise WebhookRefused("the request is not what its content type says") from error


def _read(request: Request) -> Verified:
    """Returns the parameters. Raises WebhookRefused when the body does not match its content type."""
    if not request.target.isascii():
        raise WebhookRefused("the URL is not one: it holds characters that a URL must escape")
    try:
        query = Form.parse(request.target.partition("?")[2])
        if request.method == "GET":
            return Verified(query, Form())
        kind = _content_type(request)
        if kind == FORM or not (kind or request.body):
            return Verified(query, Form.parse(request.body.decode("ascii")))
        if kind == JSON:
            _check_body_hash(request)
            return Verified(query, Form())
    except ValueError as error:
        raise WebhookRefused("the request is not what its content type says") from error
    raise WebhookRefused("the content type is not one that Twilio sends")


def _check_body_hash(request: Request) -> None:
    """Checks a JSON body against the signed hash in the query."""
    hashes = parse_qs(request.target.partition("?")[2]).get("bodySHA256", [])
    computed = hashlib.sha256(request.body).hexdigest()
    if len(hashes) != 1 or not hmac.compare_digest(hashes[0].lower().encode(), computed.encode()):
        raise WebhookRefused("bodySHA256 is missing or is not the body's")


def _signatures(request: Request, base_url: str, keys: Iterable[str], form: Form) -> Iterator[str]:
    """Yields Twilio's signature by each key, with the port and without it: Twilio signs either."""
    for key in filter(None, keys):
        for variant in _with_and_without_port(base_url):
            yield RequestValidator(key).compute_signature(variant + request.target, form, request.algorithm)


@cache
def _with_and_without_port(base_url: str) -> tuple[str, str]:
    """Returns the URL, and the same one with its port removed or its scheme's default port added."""
    parts = urlsplit(base_url)
    if parts.port is None:
        other = f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
    else:
        other = parts.netloc.rpartition(":")[0]
    return base_url, parts._replace(netloc=other).geturl()
