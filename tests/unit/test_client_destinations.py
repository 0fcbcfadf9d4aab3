"""Which phone numbers a browser may dial: a row for each kind."""

import pytest

from switchboard.client.destinations import refusal

LISBON, BOSTON, BERLIN = "+351210000001", "+16175550100", "+493012345678"


@pytest.mark.parametrize(
    ("number", "caller_id", "allowed", "reason"),
    [
        ("+351213456789", LISBON, (), ""),
        ("+351912345678", LISBON, (), ""),
        ("+34912345678", LISBON, (), "country"),
        ("+34912345678", LISBON, ("+34",), ""),
        ("+351213456789", LISBON, ("+34",), "not_allowed"),
        ("+34912345678", LISBON, ("sip:",), "not_allowed"),
        ("+12125550123", BOSTON, (), ""),
        ("+18005550123", BOSTON, (), ""),
        ("+15005550006", "+15005550001", (), ""),
        # Countries that share a country code: calls to some are a kind of fraud.
        ("+18765550123", BOSTON, (), "country"),
        ("+14165550123", BOSTON, (), "country"),
        ("+18765550123", BOSTON, ("+1",), ""),
        # Never, whatever is allowed.
        ("+19005550123", BOSTON, ("+1",), "premium"),
        ("+19005550123", BOSTON, (), "premium"),
        ("+351760123456", LISBON, (), "premium"),
        ("+351808123456", LISBON, ("+351",), "premium"),
        # Personal numbers forward to anywhere, at the called side's price.
        ("+447012345678", LISBON, ("+44",), "premium"),
        ("+4970012345678", BERLIN, (), "premium"),
        ("+449012345678", LISBON, ("+44",), "premium"),
        ("+33899123456", LISBON, ("+33",), "premium"),
        # A network ignores the digits after a complete number.
        ("+499001234567", BERLIN, (), "premium"),
        ("+4990012345678", BERLIN, (), "premium"),
        ("+49900123456789", BERLIN, ("+49",), "premium"),
        ("+4930123456789", BERLIN, (), ""),
        ("+8707712345678", LISBON, ("+8",), "satellite"),
        ("+881612345678", LISBON, ("+881",), "satellite"),
        ("+88213300655", LISBON, ("+882",), "satellite"),
        ("+883510012345", LISBON, ("+883",), "satellite"),
        ("+878101234567890", LISBON, ("+878",), "satellite"),
        ("+80812345678", LISBON, ("+808",), "satellite"),
        ("+97912345678", LISBON, ("+979",), "satellite"),
        ("+80012345678", LISBON, ("+800",), "satellite"),
        # Short numbers behind a country code, and country codes that nobody has.
        ("+3511820", LISBON, ("+351",), "not_a_number"),
        ("+1911911", BOSTON, ("+1",), "not_a_number"),
        ("+9991234567", LISBON, ("+999",), "not_a_number"),
        # A caller ID of no country allows none.
        ("+351213456789", "+9991234567", (), "country"),
    ],
)
def test_a_number_is_allowed_or_refused(number: str, caller_id: str, allowed: tuple[str, ...], reason: str) -> None:
    """Without ALLOWED_DESTINATIONS the country of the caller ID."""
    assert refusal(number, caller_id, allowed) == reason
