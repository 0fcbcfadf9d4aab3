"""The signature check, with signatures made by Twilio's own validator."""

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
import pytest
from twilio.request_validator import RequestValidator

from switchboard import signature
from switchboard.errors import WebhookRefused
from switchboard.form import Form, Verified
from switchboard.signature import FORM, JSON, Request

ORIGIN = "https://voice.example.com"
TOKEN = "token-of-the-test"
TARGET = "/api/voice/incoming"
PARAMETERS = {"CallSid": "CA1", "From": "+15005550010", "SpeechResult": "olá, é isto?", "Digits": ""}
BODY = urlencode(PARAMETERS).encode()
DOCUMENT = b'{"hello": "world"}'


def signed(url: str, parameters: Mapping[str, object] | None = None, token: str = TOKEN) -> str:
    """The value of X-Twilio-Signature."""
    computed: str = RequestValidator(token).compute_signature(url, parameters or {})
    return computed


def posted(target: str = TARGET, **changed: object) -> Request:
    """A signed form POST; `changed` replaces parts of it after signing."""
    request = Request(
        method="POST",
        url="http://10.0.0.4:8080" + target,
        content_type=FORM,
        body=BODY,
        signature=signed(ORIGIN + target, PARAMETERS),
    )
    return msgspec.structs.replace(request, **changed)


def json_posted(body: bytes = DOCUMENT, query: str | None = None, content_type: str = JSON) -> Request:
    """A signed JSON POST, with the body's hash in the query unless another query is given."""
    target = "/api/status/call?" + (f"bodySHA256={hashlib.sha256(body).hexdigest()}" if query is None else query)
    return posted(target, body=body, content_type=content_type, signature=signed(ORIGIN + target))


def verify(request: Request, origin: str = ORIGIN, *tokens: str) -> Verified:
    """Verifies with the token of these tests, unless others are given."""
    return signature.verify(request, origin, tokens or (TOKEN,))


def test_a_signed_form_is_read() -> None:
    """Every parameter, decoded, blank ones too."""
    verified = verify(posted())
    assert {name: verified.form.text(name) for name in verified.form} == PARAMETERS


@pytest.mark.parametrize(
    "target",
    [
        "/api/voice/incoming?a=%3D%3D",
        "/api/voice/incoming?a=%3d%3d",
        "/api/voice/incoming?a=b+c%20d&a=&b",
        "/api/twimlets/menu?Options%5B1%5D=https%3A%2F%2Fexample.com%2F%3Fx%3D1",
        "/api/voice/%7Eincoming",
        "/",
        "/api/voice/incoming?",
        "/api/voice/incoming?next=https://example.com/a?b=c",
    ],
)
def test_path_and_query_are_compared_byte_for_byte(target: str) -> None:
    """Nothing is decoded or normalized before the signature is computed."""
    assert verify(posted(target))


@pytest.mark.parametrize(
    ("origin", "called"),
    [
        ("https://voice.example.com", "https://voice.example.com:443"),
        ("https://voice.example.com:443", "https://voice.example.com"),
        ("https://voice.example.com:8443", "https://voice.example.com"),
        ("https://voice.example.com:8443", "https://voice.example.com:8443"),
        ("http://127.0.0.1:7071", "http://127.0.0.1:7071"),
        ("http://127.0.0.1", "http://127.0.0.1:80"),
        ("http://[::1]:7071", "http://[::1]"),
        ("https://apim.example.com/twilio", "https://apim.example.com/twilio"),
        ("https://apim.example.com/twilio", "https://apim.example.com:443/twilio"),
        ("https://apim.example.com:8443/voice/v2", "https://apim.example.com/voice/v2"),
    ],
)
def test_the_port_may_be_present_or_absent(origin: str, called: str) -> None:
    """Twilio's services differ in whether they sign it."""
    assert verify(posted(signature=signed(called + TARGET, PARAMETERS)), origin)


@pytest.mark.parametrize("called", ["http://voice.example.com", "https://voice.example.com:8443", "https://evil.test"])
def test_another_origin_is_refused(called: str) -> None:
    """Scheme, host and a non-default port are part of the signed URL."""
    with pytest.raises(WebhookRefused):
        verify(posted(signature=signed(called + TARGET, PARAMETERS)))


@pytest.mark.parametrize("called", ["https://apim.example.com", "https://apim.example.com/other"])
def test_another_path_of_the_gateway_is_refused(called: str) -> None:
    """The gateway removes its path before the app sees the request; Twilio signed it all the same."""
    with pytest.raises(WebhookRefused):
        verify(posted(signature=signed(called + TARGET, PARAMETERS)), "https://apim.example.com/twilio")


def test_the_origin_of_the_request_does_not_matter() -> None:
    """A function sees the host behind Azure's front end; the public origin is a setting."""
    assert verify(posted(url="https://anything.azurewebsites.net:444" + TARGET))


def test_a_get_is_signed_by_its_url() -> None:
    """The parameters are in the query, and there is no form."""
    target = TARGET + "?CallSid=CA1&From=%2B15005550010"
    request = posted(target, method="GET", body=b"", content_type="", signature=signed(ORIGIN + target))
    assert verify(request) == Verified(Form({"CallSid": ["CA1"], "From": ["+15005550010"]}), Form())


def test_the_body_of_a_get_is_ignored() -> None:
    """It contains no parameter of Twilio's."""
    target = TARGET + "?CallSid=CA1"
    assert verify(posted(target, method="GET", signature=signed(ORIGIN + target))).form == {}


def test_a_fragment_is_not_signed() -> None:
    """Twilio does not send its connection overrides; a fragment is removed."""
    assert verify(posted(url=ORIGIN + TARGET + "#rc=3&rp=all"))


def test_a_post_without_body_or_content_type_is_a_form_without_parameters() -> None:
    """Its form is empty."""
    assert verify(posted(body=b"", content_type="", signature=signed(ORIGIN + TARGET))).form == {}


def test_a_repeated_parameter_keeps_its_order() -> None:
    """Twilio signs the values sorted; the app reads them in their order."""
    body = b"a=2&a=1&a=2"
    request = posted(body=body, signature=signed(ORIGIN + TARGET, Form({"a": ["1", "2"]})))
    assert verify(request).form.getlist("a") == ["2", "1", "2"]


@pytest.mark.parametrize("charset", ["; charset=utf-8", ";charset=UTF-8", " ; x=y"])
def test_a_content_type_may_have_parameters(charset: str) -> None:
    """The media type before them decides, in any case."""
    assert verify(posted(content_type=FORM.upper() + charset))


@pytest.mark.parametrize("first", ["", "old-token"])
def test_any_of_several_tokens_is_accepted(first: str) -> None:
    """Two are valid during a rotation; an empty one is none."""
    assert verify(posted(), ORIGIN, first, TOKEN)


def test_an_empty_token_is_not_accepted() -> None:
    """An empty secret must not be a key that everybody knows."""
    with pytest.raises(WebhookRefused):
        signature.verify(posted(signature=signed(ORIGIN + TARGET, PARAMETERS, token="")), ORIGIN, ("",))


GOOD = signed(ORIGIN + TARGET, PARAMETERS)
CHANGED: dict[str, Request] = {
    "no signature": posted(signature=""),
    "a blank signature": posted(signature=" "),
    "garbage": posted(signature="garbage"),
    "a signature that is not ASCII": posted(signature="ä€😀"),
    "a lone surrogate": posted(signature="\udcff"),
    "a NUL": posted(signature=GOOD + "\0"),
    "a shorter signature": posted(signature=GOOD[:-1]),
    "a padded signature": posted(signature=GOOD + "="),
    "lower case": posted(signature=GOOD.lower()),
    "two signatures": posted(signature=f"{GOOD}, {GOOD}"),
    "another token": posted(signature=signed(ORIGIN + TARGET, PARAMETERS, "another")),
    "an HMAC of nothing": posted(signature=base64.b64encode(bytes(20)).decode()),
    "another path": posted(url=ORIGIN + "/api/voice/menu"),
    "a slash more": posted(url=ORIGIN + TARGET + "/"),
    "an upper case path": posted(url=ORIGIN + TARGET.upper()),
    "a query more": posted(url=ORIGIN + TARGET + "?a=b"),
    "a query less": posted(TARGET + "?a=b", url=ORIGIN + TARGET),
    "another order of the query": posted(TARGET + "?a=b&c=d", url=ORIGIN + TARGET + "?c=d&a=b"),
    "a decoded parameter": posted(TARGET + "?a=%3D%3D", url=ORIGIN + TARGET + "?a==="),
    "another case of an escape": posted(TARGET + "?a=%3D", url=ORIGIN + TARGET + "?a=%3d"),
    "a plus for an escape": posted(TARGET + "?a=%20b", url=ORIGIN + TARGET + "?a=+b"),
    "another value": posted(body=BODY.replace(b"CA1", b"CA2")),
    "a value more": posted(body=BODY + b"&Digits=1"),
    "a name more": posted(body=BODY + b"&x="),
    "a name less": posted(body=BODY.replace(b"CallSid=CA1&", b"")),
    "names swapped": posted(body=BODY.replace(b"CallSid", b"DillSac")),
    "bytes swapped": posted(body=BODY.replace(b"CA1", b"AC1")),
    "no body": posted(body=b""),
    "another method": posted(method="GET"),
    "a URL that is none": posted(url="voice/incoming"),
    "an empty URL": posted(url=""),
    "an URL that is not ASCII": posted(url=ORIGIN + TARGET + "?a=ä"),
}


@pytest.mark.parametrize("request_", CHANGED.values(), ids=CHANGED)
def test_a_changed_request_is_refused(request_: Request) -> None:
    """Path, query, a value, the order of bytes, or the signature."""
    with pytest.raises(WebhookRefused):
        verify(request_)


def test_a_signed_json_body_is_accepted() -> None:
    """Its hash is in the query, and there is no form."""
    assert verify(json_posted()).form == {}


def test_the_hash_of_a_body_may_be_in_capitals() -> None:
    """Hex digits in either case."""
    assert verify(json_posted(query=f"bodySHA256={hashlib.sha256(DOCUMENT).hexdigest().upper()}"))


HASH = hashlib.sha256(DOCUMENT).hexdigest()
DEEP = b"[" * 100_000 + b"]" * 100_000
NOT_WHAT_THEY_SAY: dict[str, Request] = {
    "JSON with another hash": json_posted(query="bodySHA256=" + "0" * 64),
    "JSON with a hash that is not hex": json_posted(query="bodySHA256=%C3%A4"),
    "JSON with an empty hash": json_posted(query="bodySHA256="),
    "JSON without a hash": json_posted(query="a=b"),
    "JSON with its hash twice": json_posted(query=f"bodySHA256={HASH}&bodySHA256={HASH}"),
    "JSON with its hash and another": json_posted(query=f"bodySHA256={HASH}&bodySHA256={'0' * 64}"),
    "JSON with a hash of another name": json_posted(query=f"bodysha256={HASH}"),
    "JSON that is none": json_posted(b"{"),
    "JSON that is a form": json_posted(BODY),
    "JSON that is not UTF-8": json_posted(b'"\xff"'),
    "JSON that is empty": json_posted(b""),
    "JSON nested beyond all measure, unsigned": msgspec.structs.replace(json_posted(DEEP), signature="garbage"),
    "a form that is JSON": posted(body=DOCUMENT),
    "a form with raw bytes": posted(body=b"a=\xff\xfe"),
    "a form with raw UTF-8": posted(body="a=ä".encode()),
    "a form with escapes that are not UTF-8": posted(body=b"a=%FF%FE"),
    "a form with half a surrogate": posted(body=b"a=%ED%A0%80"),
    "a form of too many parameters": posted(body=b"&".join([b"a=1"] * 1001)),
    "a query that is not UTF-8": posted(TARGET + "?a=%FF"),
    "no content type": posted(content_type=""),
    "a content type that Twilio does not send": posted(content_type="multipart/form-data; boundary=x"),
    "a content type that is none": posted(content_type=";;;"),
}


@pytest.mark.parametrize("request_", NOT_WHAT_THEY_SAY.values(), ids=NOT_WHAT_THEY_SAY)
def test_a_body_that_does_not_match_its_content_type_is_refused(request_: Request) -> None:
    """Never another error, which would be a 500."""
    with pytest.raises(WebhookRefused):
        verify(request_)


def test_a_json_body_with_a_forms_content_type_is_refused() -> None:
    """The content type decides how a body is signed; a hash in the query does not cover a form."""
    with pytest.raises(WebhookRefused):
        verify(msgspec.structs.replace(json_posted(), body=BODY, content_type=FORM))


def test_without_any_token_everything_is_refused() -> None:
    """Nothing can be verified."""
    with pytest.raises(WebhookRefused):
        signature.verify(posted(), ORIGIN, ())


SHARED = "key-that-only-webhooks-use"
BY_SHARED_KEY = "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"


def by_shared_key(key: str = SHARED, settings: str = BY_SHARED_KEY, algorithm: str = "HMAC_SHA256") -> Request:
    """A form POST that Twilio signed by a shared key."""
    computed = RequestValidator(key).compute_signature(ORIGIN + TARGET, PARAMETERS, algorithm)
    return posted(signature=computed, signature_settings=settings)


@pytest.mark.parametrize("settings", [BY_SHARED_KEY, "algorithm=hmac_sha256", " key=k , algorithm = HMAC_SHA256 "])
def test_a_webhook_signed_by_the_shared_key_is_read(settings: str) -> None:
    """HMAC-SHA256, as the header says."""
    request = by_shared_key(settings=settings)
    assert request.is_by_shared_key
    assert verify(request, ORIGIN, SHARED).form.text("CallSid") == "CA1"


@pytest.mark.parametrize(
    "request_",
    [
        by_shared_key("another-key"),
        by_shared_key(algorithm="HMAC_SHA1"),
        by_shared_key(settings="key=webhooks_sharedkey_01,algorithm=HMAC_SHA1"),
        by_shared_key(settings=""),
        by_shared_key(settings="algorithm=NONE"),
        by_shared_key(settings="algorithm=MD5"),
    ],
    ids=["another key", "signed by SHA-1", "header says SHA-1", "no header", "no algorithm", "an unknown algorithm"],
)
def test_what_the_shared_key_did_not_sign_as_the_header_says_is_refused(request_: Request) -> None:
    """Key, algorithm and header belong together."""
    with pytest.raises(WebhookRefused):
        verify(request_, ORIGIN, SHARED)


def test_without_a_shared_key_nothing_that_says_so_is_read() -> None:
    """Not even a right signature by an empty key."""
    with pytest.raises(WebhookRefused, match="check PUBLIC_BASE_URL and the shared key"):
        signature.verify(by_shared_key(""), ORIGIN, ())


def test_the_settings_header_without_an_algorithm_means_an_auth_token() -> None:
    """As Twilio's library reads it."""
    assert verify(posted(signature_settings="key=k"))
