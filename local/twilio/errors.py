"""Errors in Twilio's shape and with Twilio's codes. https://www.twilio.com/docs/api/errors"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass
class RestError(Exception):
    """A REST request that is refused: Twilio's code, its sentence and the HTTP status.

    `retry_after` is how many seconds to stay away, 0 where nothing is said of that.
    """

    code: int
    message: str
    status: int = 400
    retry_after: int = 0

    def to_json(self) -> dict[str, object]:
        """The body of the answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_authenticated() -> RestError:
    """The credentials are not this account's."""
    return RestError(20003, "Authenticate", 401)


def not_found(path: str) -> RestError:
    """No such resource."""
    return RestError(20404, f"The requested resource {path} was not found", 404)


def not_allowed() -> RestError:
    """The resource has no such method."""
    return RestError(20004, "Method not allowed", 405)


def too_many(seconds: float) -> RestError:
    """The account asks too often."""
    return RestError(20429, "Too Many Requests", 429, retry_after=ceil(seconds))


def broken() -> RestError:
    """Twilio itself fails."""
    return RestError(20500, "An internal server error has occurred", 500)


def bad_request(message: str) -> RestError:
    """A parameter that Twilio has no code of its own for."""
    return RestError(20001, message)


def unfinished(what: str) -> RestError:
    """The resource is still at work, and can be neither deleted nor emptied."""
    return RestError(20009, f"Cannot delete or redact this {what} before it is complete", 409)
