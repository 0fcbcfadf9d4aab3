"""Errors in Twilio's format, with Twilio's codes. https://www.twilio.com/docs/api/errors"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


@dataclass
class RestError(Exception):
    """A refused REST request: Twilio's code and sentence, and the HTTP status.

    `retry_after` is the Retry-After header in seconds, 0 for none.
    """

    code: int
    message: str
    status: int = 400
    retry_after: int = 0

    def to_json(self) -> dict[str, object]:
        """Return the JSON body of the answer."""
        return {
            "code": self.code,
            "message": self.message,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def not_authenticated() -> RestError:
    """Make the error for credentials that are not this account's."""
    return RestError(20003, "Authenticate", 401)


def not_found(path: str) -> RestError:
    """Make the error for a resource that does not exist."""
    return RestError(20404, f"The requested resource {path} was not found", 404)


def not_allowed() -> RestError:
    """Make the error for a method that the resource does not have."""
    return RestError(20004, "Method not allowed", 405)


def too_many(seconds: float) -> RestError:
    """Make the error for too many requests."""
    return RestError(20429, "Too Many Requests", 429, retry_after=ceil(seconds))


def broken() -> RestError:
    """Make the error for a failure of Twilio itself."""
    return RestError(20500, "An internal server error has occurred", 500)


def bad_request(message: str) -> RestError:
    """Make the error for a parameter without a code of its own."""
    return RestError(20001, message)


def unfinished(what: str) -> RestError:
    """Make the error for deleting or emptying a resource that has not ended."""
    return RestError(20009, f"Cannot delete or redact this {what} before it is complete", 409)
