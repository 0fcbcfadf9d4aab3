"""The JSON of valid commands, with fields that a test changes."""

TO = "+15005550010"
SERVICE = "MG" + "a1" * 16
TEMPLATE = "HX" + "b2" * 16
LONGEST_URL = "https://example.com/" + "a" * 1980


def text(**fields: object) -> dict[str, object]:
    """A valid text with these fields."""
    return {"to": TO, "body": "Hello"} | fields


def call(**fields: object) -> dict[str, object]:
    """A valid call with these fields."""
    return {"to": TO, "say": "Hello"} | fields


def with_url(url: str) -> dict[str, object]:
    """The JSON of a call by URL."""
    return {"to": TO, "url": url}


def with_twiml(twiml: str) -> dict[str, object]:
    """The JSON of a call by TwiML."""
    return {"to": TO, "twiml": twiml}
