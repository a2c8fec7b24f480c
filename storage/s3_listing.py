"""Listing a bucket with keys that obstore does not take, such as `a//b.csv`: it ends at the first one.

Slower than obstore's own listing, so only what comes after such a key is listed like this.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from itertools import islice
from typing import Final

from schemas.bucket_names import is_object_key
from schemas.events import ObjectRef
from storage.base import ObjectInfo
from storage.s3_access import S3Access
from storage.s3_admin import connected

_LOG = logging.getLogger(__name__)
# As many as S3 gives at once.
_PAGE: Final = 1000


async def pages_after(
    access: S3Access, bucket: str, prefix: str, last: str | None, warned: set[str]
) -> AsyncIterator[list[ObjectInfo]]:
    """Objects under `prefix` with keys after `last`, in their order. Those whose keys no object can
    be read by are left out, and logged once: their bucket is then in `warned`.

    Raises:
        Unavailable: the service is unavailable, or rejects the request.
    """
    odd: list[str] = []
    while page := await asyncio.to_thread(_page, access, bucket, prefix, last):
        last = page[-1].ref.key
        odd += [info.ref.key for info in page if not is_object_key(info.ref.key)][
            : _PAGE - len(odd)
        ]
        yield [info for info in page if is_object_key(info.ref.key)]
    if odd and bucket not in warned:
        warned.add(bucket)
        _LOG.warning(
            "bucket %s has %d objects or more that are never read, because of empty parts, `.`, `..` or "
            "control characters in their keys, such as %r",
            bucket,
            len(odd),
            odd[0],
        )


def _page(access: S3Access, bucket: str, prefix: str, last: str | None) -> list[ObjectInfo]:
    with connected(access, bucket) as client:
        found = client.list_objects(bucket, prefix=prefix or None, recursive=True, start_after=last)
        return [
            ObjectInfo(
                ObjectRef(bucket=bucket, key=one.object_name), one.size, one.etag, one.last_modified
            )
            for one in islice(found, _PAGE)
        ]
