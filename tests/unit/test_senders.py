"""The sender of a text or a call: the command's own, else the settings'."""

import pytest

from switchboard.addresses import is_service
from switchboard.commands import PlaceCall, SendSms
from switchboard.settings import Settings

TO = "+15005550010"
NUMBER = "+15005550001"
SERVICE = "MG" + "3" * 32
OTHER_SERVICE = "MG" + "4" * 32


def settings(sender: str = "", service: str = "") -> Settings:
    """Settings with these default senders."""
    return Settings(account_sid="AC", public_origin="https://x", sender=sender, messaging_service_sid=service)


@pytest.mark.parametrize(
    ("command", "by_settings", "sender"),
    [
        (SendSms(to=TO, body="x"), settings(NUMBER), NUMBER),
        (SendSms(to=TO, body="x"), settings("", SERVICE), SERVICE),
        (SendSms(to=TO, body="x"), settings(NUMBER, SERVICE), SERVICE),
        (SendSms(to=TO, body="x", sender="Acme"), settings(NUMBER, SERVICE), "Acme"),
        (SendSms(to=TO, body="x", messaging_service_sid=OTHER_SERVICE), settings(NUMBER, SERVICE), OTHER_SERVICE),
        (SendSms(to="whatsapp:" + TO, body="x"), settings(NUMBER), "whatsapp:" + NUMBER),
        (SendSms(to="whatsapp:" + TO, body="x"), settings("whatsapp:" + NUMBER), "whatsapp:" + NUMBER),
        (SendSms(to=TO, body="x"), settings("whatsapp:" + NUMBER), NUMBER),
        (SendSms(to="whatsapp:" + TO, body="x"), settings(NUMBER, SERVICE), SERVICE),
        (SendSms(to=TO, body="x"), settings(), ""),
        (SendSms(to="whatsapp:" + TO, body="x"), settings(), ""),
        (PlaceCall(to=TO, say="x"), settings(NUMBER, SERVICE), NUMBER),
        (PlaceCall(to=TO, say="x", sender="+15005550002"), settings(NUMBER), "+15005550002"),
        (PlaceCall(to=TO, say="x"), settings("", SERVICE), ""),
    ],
)
def test_the_sender_is_the_commands_own_else_the_settings(
    command: SendSms | PlaceCall, by_settings: Settings, sender: str
) -> None:
    """The command's sender, then the messaging service, then the number, on the recipient's channel."""
    assert command.sender_in(by_settings) == sender


@pytest.mark.parametrize(
    ("command", "own"),
    [
        (SendSms(to=TO, body="x"), False),
        (SendSms(to=TO, body="x", sender=NUMBER), True),
        (SendSms(to=TO, body="x", messaging_service_sid=SERVICE), True),
        (PlaceCall(to=TO, say="x"), False),
        (PlaceCall(to=TO, say="x", sender=NUMBER), True),
    ],
)
def test_a_command_says_whether_it_names_its_sender(command: SendSms | PlaceCall, own: bool) -> None:
    """A faulty sender of the settings pauses commands; one that the command names rejects the command."""
    assert command.has_own_sender is own


@pytest.mark.parametrize(
    ("sender", "service"), [(SERVICE, True), (NUMBER, False), ("MG", False), ("MG" + "z" * 32, False), ("", False)]
)
def test_a_messaging_service_is_recognized_by_its_sid(sender: str, service: bool) -> None:
    """MG and 32 hex digits: a sender name may begin with MG too."""
    assert is_service(sender) is service
