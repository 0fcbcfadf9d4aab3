"""The stand-in's options from the app's settings."""

from __future__ import annotations

import pytest

from local.parts import standin_options

ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "token-of-the-test"}


@pytest.mark.parametrize(
    ("operator", "phones"),
    [
        ("+15005550008", ("+15005550006", "+15005550008")),
        ("+15005550006", ("+15005550006",)),
        ("", ("+15005550006", "+15005550009")),
        ("nobody", ("+15005550006", "+15005550009")),
    ],
)
def test_the_page_has_the_operators_handset(operator: str, phones: tuple[str, ...]) -> None:
    """Beside a caller's, so that the dialled operator can answer."""
    options = standin_options(ACCOUNT | {"OPERATOR_NUMBER": operator}, port=0, app_port=7071)
    assert options.phones == phones
