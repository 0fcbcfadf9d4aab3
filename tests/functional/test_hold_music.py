"""The listing of a bucket, by a local server in place of S3."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from switchboard.adapters.hold_music import LARGEST_LISTING, ListingRefused, S3HoldMusic, read_listing
from tests.doubles import answering

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def listing(*keys: str) -> str:
    """A page of a bucket's listing, as S3 writes it."""
    contents = "".join(f"<Contents><Key>{key}</Key><Size>1</Size><Owner><ID>x</ID></Owner></Contents>" for key in keys)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="{NAMESPACE}"><Name>bucket</Name>'
        f"<Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
    )


class Bucket:
    """S3: `answer` is the response, after `seconds`; `requests` are the requested paths."""

    def __init__(self) -> None:
        self.answer = web.Response(text=listing("a.mp3", "b &amp; c.wav"))
        self.seconds = 0.0
        self.requests: list[str] = []

    async def handle(self, request: web.Request) -> web.Response:
        """Records the path, and answers."""
        self.requests.append(request.path)
        await asyncio.sleep(self.seconds)
        return web.Response(status=self.answer.status, body=self.answer.body, headers=self.answer.headers)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@asynccontextmanager
async def music(bucket: Bucket, seconds: float = 5, clock: Clock | None = None) -> AsyncIterator[S3HoldMusic]:
    """The adapter for that server."""
    async with answering(bucket.handle) as origin:
        adapter = S3HoldMusic(origin, seconds=seconds, clock=clock or Clock())
        try:
            yield adapter
        finally:
            await adapter.close()


async def test_a_bucket_is_listed() -> None:
    """Its keys, decoded, in order."""
    bucket = Bucket()
    async with music(bucket) as adapter:
        assert list(await adapter.keys("my.bucket")) == ["a.mp3", "b & c.wav"]
    assert bucket.requests == ["/my.bucket/"]


async def test_a_listing_is_cached_for_ten_minutes() -> None:
    """Each bucket separately."""
    bucket, clock = Bucket(), Clock()
    async with music(bucket, clock=clock) as adapter:
        await adapter.keys("one")
        clock.time = 599
        await adapter.keys("one")
        await adapter.keys("two")
        assert bucket.requests == ["/one/", "/two/"]
        clock.time = 600
        await adapter.keys("one")
    assert bucket.requests == ["/one/", "/two/", "/one/"]


async def test_a_failure_is_cached_for_half_a_minute() -> None:
    """Callers do not all request a failing bucket."""
    bucket, clock = Bucket(), Clock()
    bucket.answer = web.Response(status=503)
    async with music(bucket, clock=clock) as adapter:
        assert await adapter.keys("one") == ()
        clock.time = 29
        assert await adapter.keys("one") == ()
        assert len(bucket.requests) == 1
        bucket.answer = web.Response(text=listing("a.mp3"))
        clock.time = 30
        assert list(await adapter.keys("one")) == ["a.mp3"]


async def test_concurrent_callers_share_one_request() -> None:
    """Each gets its result."""
    bucket = Bucket()
    bucket.seconds = 0.05
    async with music(bucket) as adapter:
        found = await asyncio.gather(*(adapter.keys("one") for _ in range(5)))
    assert [list(keys) for keys in found] == [["a.mp3", "b & c.wav"]] * 5
    assert len(bucket.requests) == 1


async def test_a_canceled_caller_does_not_cancel_the_request() -> None:
    """The other callers get its result."""
    bucket = Bucket()
    bucket.seconds = 0.05
    async with music(bucket) as adapter:
        leaving = asyncio.create_task(adapter.keys("one"))
        await asyncio.sleep(0)
        leaving.cancel()
        assert list(await adapter.keys("one")) == ["a.mp3", "b & c.wav"]
    assert len(bucket.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """A bucket's name leads to S3 only."""
    bucket = Bucket()
    bucket.answer = web.Response(status=status, headers={"Location": "/elsewhere/"}, text=listing("a.mp3"))
    async with music(bucket) as adapter:
        assert await adapter.keys("one") == ()
    assert bucket.requests == ["/one/"]


async def test_a_bucket_of_another_region_is_requested_there_once() -> None:
    """S3 names the region in a header; its Location is ignored."""
    bucket = Bucket()
    headers = {"x-amz-bucket-region": "eu-west-1", "Location": "/elsewhere/"}
    bucket.answer = web.Response(status=301, headers=headers)
    async with music(bucket) as adapter:
        assert await adapter.keys("my.bucket") == ()
    assert bucket.requests == ["/my.bucket/", "/my.bucket/"]


@pytest.mark.parametrize("region", ["evil.example.com/", "EU", "", "x" * 33])
async def test_an_invalid_region_is_not_requested(region: str) -> None:
    """No answer chooses a host."""
    bucket = Bucket()
    bucket.answer = web.Response(status=301, headers={"x-amz-bucket-region": region})
    async with music(bucket) as adapter:
        assert await adapter.keys("my.bucket") == ()
    assert len(bucket.requests) == 1


REFUSED = {
    "no bucket": web.Response(status=404, text="<Error><Code>NoSuchBucket</Code></Error>"),
    "not public": web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>"),
    "not XML": web.Response(text="hello"),
    "another document": web.Response(text="<html><Contents><Key>a.mp3</Key></Contents></html>"),
    "an entity": web.Response(text='<!DOCTYPE x [<!ENTITY e "a.mp3">]>' + listing("&e;").partition("\n")[2]),
    "too large": web.Response(text=listing("a.mp3") + " " * LARGEST_LISTING),
    "compressed": web.Response(body=gzip.compress(listing("a.mp3").encode()), headers={"Content-Encoding": "gzip"}),
    "an encoding that is none": web.Response(body=b'<?xml version="1.0" encoding="utf-0"?><ListBucketResult/>'),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED)
async def test_an_invalid_listing_has_no_keys(answer: web.Response, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is played, and the log names the bucket."""
    bucket = Bucket()
    bucket.answer = answer
    async with music(bucket) as adapter:
        assert await adapter.keys("one") == ()
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert line.startswith("event=hold_music_unavailable bucket=one problem=")


async def test_a_bucket_that_does_not_answer_times_out() -> None:
    """A caller is waiting."""
    bucket = Bucket()
    bucket.seconds = 30
    async with music(bucket, seconds=0.05) as adapter:
        assert await adapter.keys("one") == ()


async def test_an_unreachable_server_has_no_keys() -> None:
    """Whatever the network reports."""
    async with answering(Bucket().handle) as origin:
        pass
    adapter = S3HoldMusic(origin)
    assert await adapter.keys("one") == ()
    await adapter.close()


async def test_at_most_a_hundred_buckets_are_cached() -> None:
    """URLs name the buckets, and must not use up the memory."""
    bucket = Bucket()
    async with music(bucket) as adapter:
        for index in range(101):
            await adapter.keys(f"bucket-{index}")
        await adapter.keys("bucket-100")
        assert len(bucket.requests) == 101
        await adapter.keys("bucket-0")
        assert len(bucket.requests) == 102


@pytest.mark.parametrize("document", ["<ListBucketResult/>", listing()])
def test_an_empty_bucket_has_no_keys(document: str) -> None:
    """That is no failure."""
    assert read_listing(document.encode()) == []


def test_only_the_keys_of_contents_are_read() -> None:
    """The prefix of a folder is no sound."""
    document = (
        "<ListBucketResult><Key>a.mp3</Key><CommonPrefixes><Key>b.mp3</Key></CommonPrefixes>"
        "<Contents><Key>c<b/>.mp3</Key></Contents></ListBucketResult>"
    )
    assert read_listing(document.encode()) == ["c.mp3"]


@pytest.mark.parametrize("document", [b"", b"<ListBucketResult>", b"\xff", b"<Contents><Key>a.mp3</Key></Contents>"])
def test_any_other_bytes_are_refused(document: bytes) -> None:
    """Truncated, or something else."""
    with pytest.raises(ListingRefused):
        read_listing(document)


@pytest.mark.parametrize(
    ("bucket", "region", "address"),
    [
        ("my-bucket", "", "https://my-bucket.s3.amazonaws.com/"),
        ("com.twilio.music.rock", "", "https://s3.amazonaws.com/com.twilio.music.rock/"),
        ("my.bucket", "eu-west-1", "https://s3.eu-west-1.amazonaws.com/my.bucket/"),
    ],
)
def test_the_address_matches_s3s_certificate(bucket: str, region: str, address: str) -> None:
    """`*.s3.amazonaws.com` covers one label."""
    assert S3HoldMusic().address(bucket, region) == address
