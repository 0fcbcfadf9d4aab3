"""The `holdmusic` Twimlet."""

import pytest

from switchboard.twimlets import TWIMLETS
from switchboard.twimlets.answer import FromBucket
from tests.twimlets import canonical, document, parameters

FAILED = canonical("<Response><Say>Failed to fetch the hold music.</Say></Response>")


def played(query: str, *keys: str) -> str:
    """The document for a bucket with these keys."""
    asked = TWIMLETS["holdmusic"].answer(parameters(query))
    assert isinstance(asked, FromBucket)
    return canonical(asked.then(keys).document)


def test_a_missing_bucket_is_reported_by_a_sentence() -> None:
    """No bucket is listed."""
    assert document("holdmusic") == canonical("<Response><Say>An S 3 bucket is required.</Say></Response>")


def test_the_sounds_of_a_bucket_are_played_in_a_loop() -> None:
    """The document redirects to itself."""
    assert played("Bucket=my.bucket", "a.mp3") == canonical(
        "<Response><Play>http://my.bucket.s3.amazonaws.com/a.mp3</Play><Redirect/></Response>"
    )


def test_a_message_comes_after_each_sound() -> None:
    """A text or a sound."""
    assert played("Bucket=b-1&Message=Wait.", "a.mp3", "a.mp3") == canonical(
        "<Response><Play>http://b-1.s3.amazonaws.com/a.mp3</Play><Say>Wait.</Say>"
        "<Play>http://b-1.s3.amazonaws.com/a.mp3</Play><Say>Wait.</Say><Redirect/></Response>"
    )


def test_only_sounds_are_played() -> None:
    """By the file name extensions that Twilio plays."""
    answered = played("Bucket=b-1", "a.mp3", "b.WAV", "c.ul", "d.txt", "e.mp3.bak", "mp3")
    assert [key in answered for key in ("a.mp3", "b.WAV", "c.ul", "d.txt", "e.mp3.bak")] == [True] * 3 + [False] * 2


def test_a_key_is_encoded() -> None:
    """Slashes of folders stay."""
    assert "s3.amazonaws.com/f%C3%B6lder/a%20b%2B%26.mp3<" in played("Bucket=b-1", "földer/a b+&.mp3")


def test_the_order_is_random() -> None:
    """All sounds of a small bucket, in random order."""
    keys = [f"{index:02}.mp3" for index in range(20)]
    orders = {played("Bucket=b-1", *keys) for _ in range(5)}
    assert len(orders) > 1
    assert all(key in order for order in orders for key in keys)


def test_a_document_is_within_twilios_limit() -> None:
    """Thirty sounds per round; the next round draws again."""
    assert played("Bucket=b-1", *(f"{index}.mp3" for index in range(1000))).count("<Play>") == 30


@pytest.mark.parametrize("keys", [(), ("readme.txt",)])
def test_an_empty_bucket_is_reported_by_a_sentence(keys: tuple[str, ...]) -> None:
    """As is one that could not be listed."""
    assert played("Bucket=b-1", *keys) == FAILED


@pytest.mark.parametrize(
    "bucket", ["169.254.169.254/?", "a", "A-Bucket", "b@example.com", "x" * 64, "b-1#", "b-1:80", "b_1", "b-1\n", "é-1"]
)
def test_defect_6_no_other_host_gets_a_request(bucket: str) -> None:
    """An impossible bucket name is refused before any request."""
    asked = parameters("")
    asked.query["Bucket"] = [bucket]
    answered = TWIMLETS["holdmusic"].answer(asked)
    assert not isinstance(answered, FromBucket)
    assert canonical(answered.document) == FAILED
    assert asked.problems == ["Bucket: not the name of an S3 bucket"]


def test_defect_7_its_sentences_are_spoken_in_the_language_of_the_url() -> None:
    """The message, and our own sentences."""
    speaker = "Language=pt-PT&Voice=Polly.Ines"
    said = '<Say language="pt-PT" voice="Polly.Ines">'
    assert said in document("holdmusic", speaker)
    assert said in played(f"Bucket=b-1&{speaker}")
    assert said in played(f"Bucket=b-1&Message=x&{speaker}", "a.mp3")
