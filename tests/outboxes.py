"""The JSON of commands: good ones, but for the fields that a test gives."""

TO = "+15005550010"
SERVICE = "MG" + "a1" * 16
TEMPLATE = "HX" + "b2" * 16
LONGEST_URL = "https://example.com/" + "a" * 1980


def text(**fields: object) -> dict[str, object]:
    """The JSON of a text, good but for the fields given."""
    return {"to": TO, "body": "Hello"} | fields


def call(**fields: object) -> dict[str, object]:
    """The JSON of a call, good but for the fields given."""
    return {"to": TO, "say": "Hello"} | fields


def with_url(url: str) -> dict[str, object]:
    """The JSON of a call by URL."""
    return {"to": TO, "url": url}


def with_twiml(twiml: str) -> dict[str, object]:
    """The JSON of a call by TwiML."""
    return {"to": TO, "twiml": twiml}
