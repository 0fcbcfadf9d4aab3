"""Lists public S3 buckets. Requests go to S3 only, follow no redirect, and are bounded in time and size."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from xml.etree import ElementTree

import aiohttp

from switchboard.cached import Cached
from switchboard.errors import describe

WHOLE_SECONDS = 5
# A page of a listing has at most 1,000 keys of at most 1,024 bytes.
LARGEST_LISTING = 2 * 1024 * 1024
KEPT_SECONDS = 600
FAILURE_SECONDS = 30
MOST_BUCKETS = 100
REGION = "[a-z0-9-]{1,32}"

logger = logging.getLogger(__name__)


class ListingRefused(Exception):
    """The answer is not a bucket's listing. The message gives the reason and quotes nothing of it."""


Keys = Sequence[str] | None


class S3HoldMusic:
    """Lists buckets. A listing is cached for ten minutes, a failure for half a minute; concurrent callers share one
    request. Bound to the event loop that it is first used on; close it there.

    `origin` replaces S3 by another server, which has each bucket as a folder.
    """

    def __init__(
        self, origin: str = "", *, seconds: float = WHOLE_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._origin = origin
        self._seconds = seconds
        self._clock = clock
        self._listings: dict[str, Cached[Keys]] = {}
        self._session: aiohttp.ClientSession | None = None

    async def keys(self, bucket: str) -> Sequence[str]:
        """Returns the keys of a bucket's first page; none when it cannot be listed, which is logged."""
        listing = self._listings.get(bucket)
        if listing is None:
            self._make_room()
            listing = Cached(partial(self._list, bucket), _seconds_kept, self._clock)
            self._listings[bucket] = listing
        return await listing.get() or ()

    def address(self, bucket: str, region: str = "") -> str:
        """Returns the URL of a bucket's listing. S3's certificate covers one label, so a name with a dot goes into the
        path. Such a path works only at the endpoint of the bucket's own region, "" for us-east-1.
        """
        if self._origin:
            return f"{self._origin}/{bucket}/"
        if "." in bucket:
            return f"https://s3.{region}{'.' if region else ''}amazonaws.com/{bucket}/"
        return f"https://{bucket}.s3.amazonaws.com/"

    async def close(self) -> None:
        """Close the connections."""
        await asyncio.gather(*(listing.close() for listing in self._listings.values()))
        if self._session is not None:
            await self._session.close()

    def _make_room(self) -> None:
        """Removes listings: the URLs of requests decide which buckets are cached, and their number has no limit."""
        for bucket in [name for name, listing in self._listings.items() if listing.is_stale()]:
            del self._listings[bucket]
        while len(self._listings) >= MOST_BUCKETS:
            del self._listings[next(iter(self._listings))]

    async def _list(self, bucket: str) -> Keys:
        try:
            return read_listing(await self._fetch(bucket))
        except ListingRefused as refused:
            logger.warning("event=hold_music_unavailable bucket=%s problem=%s", bucket, refused)
        except Exception as error:
            logger.warning("event=hold_music_unavailable bucket=%s problem=%s", bucket, describe(error))
        return None

    async def _fetch(self, bucket: str, region: str = "") -> bytes:
        """Returns the listing's bytes. S3 answers a request to the wrong region with the name of the right one."""
        body = bytearray()
        async with self._opened().get(self.address(bucket, region), allow_redirects=False) as answer:
            named = answer.headers.get("x-amz-bucket-region", "")
            if answer.status == 301 and not region and re.fullmatch(REGION, named):
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
            # A compressed answer could expand to any size: it is requested uncompressed, and never decompressed.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._seconds),
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            )
        return self._session


def _seconds_kept(keys: Keys) -> float:
    return FAILURE_SECONDS if keys is None else KEPT_SECONDS


def read_listing(document: bytes) -> list[str]:
    """Returns the keys of a ListBucketResult. Raises ListingRefused for anything else, and for a document type."""
    try:
        root = ElementTree.fromstring(document, parser=ElementTree.XMLParser(target=_TreeBuilder()))  # noqa: S314
    except (ElementTree.ParseError, ValueError) as error:
        raise ListingRefused("not well-formed") from error
    if root.tag.rpartition("}")[2] != "ListBucketResult":
        raise ListingRefused("not a bucket's listing")
    return ["".join(key.itertext()) for key in root.iterfind("{*}Contents/{*}Key")]


class _TreeBuilder(ElementTree.TreeBuilder):
    """Refuses a document type, whose entities could expand without limit."""

    def doctype(self, *_: object) -> None:
        raise ListingRefused("a document type is not allowed")
