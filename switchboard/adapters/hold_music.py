"""Public S3 buckets: which sounds they hold. Asks nobody but S3, follows no redirect, bounded in time and in size."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.parsers import expat

import aiohttp

from switchboard.errors import describe

WHOLE_SECONDS = 5
# A listing has 1,000 keys at most, of 1,024 bytes each at most.
LARGEST_LISTING = 2 * 1024 * 1024
KEPT_SECONDS = 600
FAILURE_SECONDS = 30
MOST_BUCKETS = 100
REGION = re.compile("[a-z0-9-]{1,32}")

logger = logging.getLogger(__name__)


class ListingRefused(Exception):
    """What came is not the listing of a bucket; the message says why and quotes nothing of it."""


@dataclass(frozen=True)
class _Listing:
    """A look at a bucket, under way or over: its keys, None when there are none to be had."""

    look: asyncio.Task[Sequence[str] | None]
    begun: float


class S3HoldMusic:
    """Lists buckets and remembers each for ten minutes, a failure for half a minute. Callers at the same time share
    one look. Bound to the event loop it is first used on; close it there.

    `origin` puts another server in S3's place, which has each bucket as a folder.
    """

    def __init__(
        self, origin: str = "", *, seconds: float = WHOLE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._origin = origin
        self._seconds = seconds
        self._clock = clock
        self._listings: dict[str, _Listing] = {}
        self._session: aiohttp.ClientSession | None = None

    async def keys(self, bucket: str) -> Sequence[str]:
        """The keys of a bucket's first page; none when it cannot be listed, which is logged."""
        listing = self._listings.get(bucket)
        if listing is None or self._is_stale(listing):
            self._forget()
            listing = _Listing(asyncio.create_task(self._look(bucket)), self._clock())
            self._listings[bucket] = listing
        return await asyncio.shield(listing.look) or ()

    def address(self, bucket: str, region: str = "") -> str:
        """Where a bucket is listed. S3's certificate covers one label: a name with a dot in it goes into the path.

        Only there S3 has to be asked in the bucket's own region, "" for us-east-1.
        """
        if self._origin:
            return f"{self._origin}/{bucket}/"
        if "." in bucket:
            return f"https://s3.{region}{'.' if region else ''}amazonaws.com/{bucket}/"
        return f"https://{bucket}.s3.amazonaws.com/"

    async def close(self) -> None:
        """Close the connections."""
        looks = [listing.look for listing in self._listings.values()]
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _is_stale(self, listing: _Listing) -> bool:
        if not listing.look.done():
            return False
        failed = listing.look.cancelled() or listing.look.result() is None
        return self._clock() - listing.begun >= (FAILURE_SECONDS if failed else KEPT_SECONDS)

    def _forget(self) -> None:
        """Make room: URLs decide what is remembered, and there is no end of URLs."""
        for bucket in [name for name, listing in self._listings.items() if self._is_stale(listing)]:
            del self._listings[bucket]
        while len(self._listings) >= MOST_BUCKETS:
            del self._listings[next(iter(self._listings))]

    async def _look(self, bucket: str) -> Sequence[str] | None:
        try:
            return read_listing(await self._fetch(bucket))
        except ListingRefused as refused:
            logger.warning("event=hold_music_unavailable bucket=%s problem=%s", bucket, refused)
        except Exception as error:
            logger.warning("event=hold_music_unavailable bucket=%s problem=%s", bucket, describe(error))
        return None

    async def _fetch(self, bucket: str, region: str = "") -> bytes:
        """The listing's bytes. S3 names the region of a bucket that it was asked for in another one."""
        body = bytearray()
        async with self._opened().get(self.address(bucket, region), allow_redirects=False) as answer:
            named = answer.headers.get("x-amz-bucket-region", "")
            if answer.status == 301 and not region and REGION.fullmatch(named):
                return await self._fetch(bucket, named)
            if answer.status != 200:
                raise ListingRefused(f"status {answer.status}")
            async for chunk in answer.content.iter_chunked(64 * 1024):
                body += chunk
                if len(body) > LARGEST_LISTING:
                    raise ListingRefused(f"larger than {LARGEST_LISTING:,} bytes")
        return bytes(body)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # What is compressed could be any size: it is asked for plain, and not unpacked.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        return self._session


def read_listing(document: bytes) -> list[str]:
    """The keys in a ListBucketResult. Raises ListingRefused for anything else, and for a document type."""
    reader = _KeyReader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, ValueError) as error:
        raise ListingRefused("not well-formed") from error
    return reader.keys


class _KeyReader:
    """Collects the text of each Contents' Key."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self._path: list[str] = []

    def start(self, name: str, _: dict[str, str]) -> None:
        if not self._path and name != "ListBucketResult":
            raise ListingRefused("not a bucket's listing")
        self._path.append(name)
        if self._is_in_key():
            self.keys.append("")

    def end(self, _: str) -> None:
        self._path.pop()

    def characters(self, data: str) -> None:
        if self._is_in_key():
            self.keys[-1] += data

    def _is_in_key(self) -> bool:
        return self._path == ["ListBucketResult", "Contents", "Key"]


def _refuse_doctype(*_: object) -> None:
    raise ListingRefused("a document type is not allowed")
