"""Addresses: their parts, when two of them are one phone, and which of them a phone can dial."""

import phonenumbers
import pytest

from switchboard.addresses import Address, caller_id_for, dial_caller_id, is_dialable, is_listed, same_number


@pytest.mark.parametrize(
    ("caller", "listed"),
    [
        ("+14155550123", "+14155550123"),
        ("+14155550123", "4155550123"),
        ("+14155550123", "14155550123"),
        ("+14155550123", "(415) 555-0123"),
        ("4155550123", "+14155550123"),
        ("+351211234567", "211234567"),
        ("+351211234567", "351211234567"),
        ("+442079460000", "020 7946 0000"),
        ("+442079460000", "2079460000"),
        ("+79991234567", "9991234567"),
        ("client:alice", "client:alice"),
        ("tel:+14155550123", "415.555.0123"),
        ("whatsapp:+14155550123", "4155550123"),
        ("sip:4155550123@contoso.sip.twilio.com", "415-555-0123"),
        ("sip:+14155550123@contoso.sip.us1.twilio.com;user=phone", "415-555-0123"),
        ("sip:4155550123@pbx.example.com", "sip:4155550123@PBX.example.com:5061;transport=tls"),
        ("Anonymous", "anonymous"),
    ],
)
def test_the_same_phone(caller: str, listed: str) -> None:
    """With and without country code, in whichever way it is written."""
    assert same_number(caller, listed)


@pytest.mark.parametrize(
    ("caller", "listed"),
    [
        ("+14155550123", "+14155550124"),
        ("+3514155550123", "+14155550123"),
        ("+14155550123", "5550123"),
        ("+14155550123", "0123"),
        ("client:alice", "client:bob"),
        ("client:alice", "+14155550123"),
        ("anonymous", "+14155550123"),
        ("", "+14155550123"),
        ("+14155550123", "nobody"),
        ("sip:alice@4.155.550.123", "415-555-0123"),
        ("sip:4.155.550.123", "415-555-0123"),
        ("client:4155550123", "415-555-0123"),
        ("client:alice4155550123", "415-555-0123"),
        ("sip:4155550123@pbx.example.com", "415-555-0123"),
        ("sip:4155550123@contoso.sip.twilio.com.example.com", "415-555-0123"),
        ("sip:4155550123@twilio.com", "415-555-0123"),
        ("sip:4155550123@pbx.example.com", "sip:4155550123@other.example.com"),
        ("sip:alice@pbx.example.com", "client:alice"),
        ("client:Alice", "client:alice"),
        ("", ""),
    ],
)
def test_another_phone(caller: str, listed: str) -> None:
    """The end of a number alone does not make it the same."""
    assert not same_number(caller, listed)


@pytest.mark.parametrize("code", sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
def test_every_country_code_is_known(code: int) -> None:
    """The table here is small, because a caller waits while it is loaded; phonenumbers has them all."""
    assert same_number(f"+{code}234567890", "234567890")
    assert not same_number(f"+{code}1234567890", "234567890")


WITHHELD = ("Anonymous", "anonymous", "RESTRICTED", "Unavailable", "Blocked", "Unknown", "")
KEYS = ("266696687", "7378742833", "86282452253", "2562533", "8656696")


@pytest.mark.parametrize(
    "address", [*WITHHELD, *KEYS, *(f"+{keys}" for keys in KEYS), "sip:anonymous@anonymous.invalid"]
)
def test_a_withheld_number_is_no_number(address: str) -> None:
    """Whichever way a carrier writes it. The word `anonymous` lists it."""
    assert Address.parse(address).is_withheld
    assert not is_dialable(address)
    assert is_listed(address, ["+14155550123", "Anonymous"])
    assert not is_listed(address, ["+14155550123", "client:alice"])


@pytest.mark.parametrize(
    "address",
    ["client:alice", "client:anonymous", "sip:alice@pbx.example.com", "sip:pbx.example.com", "whatsapp:+1415"],
)
def test_an_address_without_a_number_is_not_withheld(address: str) -> None:
    """Blocking `anonymous` does not block browser clients and SIP phones; nobody can dial them back by number."""
    assert not Address.parse(address).is_withheld
    assert not is_dialable(address)
    assert not is_listed(address, ["anonymous"])
    assert is_listed(address, ["anonymous", address])


@pytest.mark.parametrize("address", ["4155550123", "12345", "Contoso", "+0123456789", "whatsapp:+14155550123"])
def test_only_e164_is_dialable(address: str) -> None:
    """A national number, a short code, a sender name and a channel address are not."""
    assert not is_dialable(address)
    assert is_dialable("+14155550123")


@pytest.mark.parametrize(
    ("caller", "called", "configured", "shown"),
    [
        ("+14155550123", "+15005550001", "+15005550002", "+14155550123"),
        ("client:alice", "+15005550001", "+15005550002", "+15005550002"),
        ("client:alice", "+15005550001", "", "+15005550001"),
        ("+266696687", "+15005550001", "", "+15005550001"),
        ("", "sip:1@contoso.sip.twilio.com", "", ""),
    ],
)
def test_a_dialled_phone_is_shown_a_number_that_twilio_accepts(
    caller: str, called: str, configured: str, shown: str
) -> None:
    """The caller's own, else the configured one, else the called one."""
    assert caller_id_for(caller, called, configured) == shown
    assert dial_caller_id(caller, called, configured) == (None if shown == caller else shown or None)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("client:alice", "alice"),
        ("client:alice.smith_2?team=1", "alice smith 2"),
        ("sip:bob@pbx.example.com", "bob"),
        ("client:4155550123", ""),
        ("sip:anonymous@anonymous.invalid", ""),
        ("Anonymous", ""),
        ("+14155550123", ""),
    ],
)
def test_a_client_or_sip_address_has_a_name_that_can_be_spoken(address: str, name: str) -> None:
    """Words of its user part."""
    assert Address.parse(address).name == name
