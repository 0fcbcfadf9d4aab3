"""Access tokens, checked as Twilio checks them. https://www.twilio.com/docs/iam/access-tokens"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import jwt
from jwt.types import Options

from local.twilio.options import StandInOptions

ALGORITHM = "HS256"
CONTENT_TYPE = "twilio-fpa;v=1"
LONGEST_SECONDS = 24 * 3600
# For the difference between two clocks.
LEEWAY_SECONDS = 30
IDENTITY = re.compile(r"[A-Za-z0-9_]{1,121}")

NOT_AUTHENTICATED = 31201
WRONG_SIGNATURE = 31202
NO_ACCOUNT = 31203
INVALID = 31204
EXPIRED = 31205
TOO_LONG = 31207
# The times are compared here, with the stand-in's clock, which a test may move.
OURS: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False}


class TokenRefused(Exception):
    """Twilio does not accept a token. `code` is that of the SDK's error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Token:
    """A valid token. `expires` is in seconds since 1970, `application` the SID for outgoing calls, "" without one."""

    identity: str
    expires: float
    may_register: bool
    application: str

    def seconds_left(self, now: datetime) -> float:
        """Return the seconds until the token expires."""
        return self.expires - now.timestamp()


def read(text: str, options: StandInOptions, now: datetime) -> Token:
    """Check a token, and return what it grants. Raises TokenRefused."""
    if not options.api_key_sid or not options.api_key_secret:
        raise TokenRefused(NOT_AUTHENTICATED, "the stand-in has no API key: set TWILIO_API_KEY_SID")
    claims = _claims(text, options)
    _check_account(claims, options)
    _check_times(claims, now)
    grants = _mapping(claims.get("grants"))
    identity, voice = grants.get("identity"), grants.get("voice")
    if not isinstance(identity, str) or not IDENTITY.fullmatch(identity) or not isinstance(voice, dict):
        raise TokenRefused(INVALID, "the token has no identity of letters, digits and _, or no voice grant")
    application = _mapping(voice.get("outgoing")).get("application_sid")
    return Token(
        identity=identity,
        expires=_number(claims, "exp"),
        may_register=_mapping(voice.get("incoming")).get("allow") is True,
        application=application if isinstance(application, str) else "",
    )


def _claims(text: str, options: StandInOptions) -> Mapping[str, Any]:
    """Return the claims of a token that the account's API key has signed."""
    try:
        if jwt.get_unverified_header(text).get("cty") != CONTENT_TYPE:
            raise TokenRefused(INVALID, f"the token's header has no cty {CONTENT_TYPE}")
        claims: Mapping[str, Any] = jwt.decode(text, options.api_key_secret, algorithms=[ALGORITHM], options=OURS)
    except jwt.InvalidSignatureError as error:
        raise TokenRefused(WRONG_SIGNATURE, "the token is not signed with the API key's secret") from error
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenRefused(INVALID, f"this is no access token: {error}") from error
    return claims


def _check_account(claims: Mapping[str, Any], options: StandInOptions) -> None:
    if claims.get("iss") != options.api_key_sid:
        raise TokenRefused(WRONG_SIGNATURE, f"iss: the account has no API key {claims.get('iss')}")
    if claims.get("sub") != options.account_sid:
        raise TokenRefused(NO_ACCOUNT, f"sub: the API key is not of the account {claims.get('sub')}")


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    expires, begins, seconds = _number(claims, "exp"), _number(claims, "nbf", 0), now.timestamp()
    if expires <= seconds:
        raise TokenRefused(EXPIRED, f"the token expired {seconds - expires:.0f} s ago")
    if begins > seconds + LEEWAY_SECONDS:
        raise TokenRefused(INVALID, f"nbf: the token is valid in {begins - seconds:.0f} s only")
    if expires - max(begins, seconds) > LONGEST_SECONDS + LEEWAY_SECONDS:
        raise TokenRefused(TOO_LONG, "exp: a token is valid for 24 hours at most")


def _number(claims: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = claims.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TokenRefused(INVALID, f"{name}: seconds since 1970 are wanted")
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
