"""Reading a Twimlet's parameters in all their forms."""

import pytest

from switchboard.twimlets.parameters import as_web_address
from tests.twimlets import parameters


@pytest.mark.parametrize(
    "query",
    ["M[]=a&M[]=b", "M[0]=a&M[1]=b", "M=a&M=b", "M%5B%5D=a&M%5B%5D=b", "M[]=&M[0]=a&M[]=&M=b", "M[7]=a&M[3]=b"],
)
def test_a_list_has_several_forms(query: str) -> None:
    """Empty entries are dropped, and the order in the URL is kept."""
    assert parameters(query).items("M") == ("a", "b")


@pytest.mark.parametrize("query", ["m=a", "MM=a", "M]=a", "M[0=a", "[M]=a"])
def test_another_name_is_another_parameter(query: str) -> None:
    """Names are case-sensitive and complete."""
    assert parameters(query).items("M") == ()


def test_keys_are_in_brackets() -> None:
    """Options of a menu, with any key of a phone."""
    assert parameters("Options[1]=a&Options[*]=b&Options[%23]=c&Options[]=d").entries("Options") == {
        "1": "a",
        "*": "b",
        "#": "c",
    }


@pytest.mark.parametrize("name", ["Digits", "DialCallStatus", "FailUrl", "RecordingSid", "TranscriptionText", "From"])
def test_the_form_has_priority_over_the_query(name: str) -> None:
    """`Digits` in a URL does not press keys for a caller."""
    assert parameters(f"{name}=query", {name: "form"}).text(name) == "form"
    assert parameters(f"{name}=query").text(name) == "query"


@pytest.mark.parametrize("name", ["Message", "PhoneNumber", "Twiml", "Password", "Bucket", "AllowedCallers"])
def test_a_users_parameter_is_read_from_the_url_only(name: str) -> None:
    """A form cannot replace it."""
    assert parameters("", {name: "form"}).text(name) == ""


def test_a_list_comes_from_one_source() -> None:
    """The form's, when it is there."""
    assert parameters("PhoneNumbers[]=1", {"PhoneNumbers[]": "2"}).items("PhoneNumbers") == ("2",)


def test_the_last_of_several_values_is_used() -> None:
    """With GET, Twilio adds its own at the end."""
    assert parameters("Digits=1&Digits=2").text("Digits") == "2"


def test_an_empty_parameter_is_present() -> None:
    """A callee who presses # alone gives no digits, and has answered."""
    assert parameters("Digits=").given("Digits")
    assert not parameters("Message=x").given("Digits")


@pytest.mark.parametrize(
    ("value", "read"), [("true", True), ("1", True), ("yes", True), ("false", False), ("0", False), ("False", False)]
)
def test_a_flag_is_yes_or_no(value: str, read: bool) -> None:
    """For each default."""
    assert parameters(f"F={value}").flag("F", default=not read) is read


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_without_a_value_is_its_default(default: bool) -> None:
    """Empty or absent."""
    assert parameters("F=").flag("F", default=default) is default


@pytest.mark.parametrize(
    ("value", "read"), [("5", 5), ("600", 600), ("0", 20), ("601", 20), ("-1", 20), ("x", 20), ("", 20), ("²", 20)]
)
def test_seconds_outside_twilios_range_are_the_default(value: str, read: int) -> None:
    """Twilio would refuse the whole document."""
    assert parameters(f"Timeout={value}").seconds("Timeout", 20) == read


@pytest.mark.parametrize("url", ["http://example.com", "https://example.com/a?b=%20#c", "HTTP://example.com:81/"])
def test_a_web_address_is_unchanged(url: str) -> None:
    """With its query and its case."""
    assert as_web_address(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            "data:text/xml,<Response/>",
            "ftp://example.com",
            "file:///etc/passwd",
            "//example.com",
        ),
        *("/voicemail", "example.com", "http://", "http:///path", "https://[", "https://example.com:0/", "tel:+1"),
    ],
)
def test_nothing_else_is_a_web_address(url: str) -> None:
    """A redirect goes to http and https only."""
    assert as_web_address(url) == ""


def test_a_web_address_is_safe_in_a_header() -> None:
    """Without line breaks; invalid characters are encoded."""
    assert as_web_address(" https://example.com/olá b\r\nX: y ") == "https://example.com/ol%C3%A1%20b%0D%0AX:%20y"


def test_a_refused_web_address_is_logged_by_name_only() -> None:
    """Without its value."""
    asked = parameters("FailUrl=javascript:alert(1)")
    assert asked.web_address("FailUrl") == ""
    assert asked.problems == ["FailUrl: not an http or https URL"]
