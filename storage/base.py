"""The object store protocol."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef


class ObjectMissing(Exception):  # noqa: N818
    """The object does not exist (and asking again will not make it)."""

    def __init__(self, ref: ObjectRef) -> None:
        super().__init__(f"{ref.bucket}/{ref.key} does not exist in the store")
        self.ref = ref


class ObjectReplaced(ObjectMissing):
    """Another producer has put other content in the place of the object."""

    def __str__(self) -> str:
        return (
            f"{self.ref.bucket}/{self.ref.key} was replaced by other content, which is a file of "
            "its own once it is announced"
        )


class AccessDenied(Unavailable):
    """The store answers, and does not let us have the object: access is denied, or the request is
    refused for another reason that is not the store's own trouble. Its operator may change that at
    any moment, so it is worth trying again for a while."""

    def __init__(self, ref: ObjectRef, reason: str | None = None) -> None:
        reason = reason or f"access to bucket {ref.bucket} is denied"
        super().__init__(Service.STORE, reason, retry_after=30)
        self.ref = ref


class ObjectForbidden(ObjectMissing):
    """The store has denied the object for so long that it counts as missing."""

    def __init__(self, denied: AccessDenied) -> None:
        super().__init__(denied.ref)
        self.reason = denied.reason

    def __str__(self) -> str:
        return f"{self.ref.bucket}/{self.ref.key} may not be read: {self.reason}"


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """What the store says of an object. `etag` carries no quotes."""

    ref: ObjectRef
    size: int
    etag: str
    modified: datetime


class ObjectStore(Protocol):
    """Objects by bucket and key. Every method raises `schemas.errors.Unavailable` where the store
    is unavailable (`AccessDenied` if it rejects our access), and `ObjectMissing` if the object is missing
    (`ObjectReplaced` if it has another ETag than the one that `ref` names). Neither takes longer than about ten seconds without progress."""

    async def put(
        self, ref: ObjectRef, chunks: AsyncIterator[bytes], size: int | None = None
    ) -> ObjectInfo:
        """Store all `chunks` as one object, visible only when complete; bounded memory.

        What `chunks` raises comes out as it is. After an error or a cancellation nothing of the
        object is left. `size`, where the caller knows it, may save the store some work; it must
        be exact.
        """
        ...

    async def put_bytes(self, ref: ObjectRef, data: bytes) -> None:
        """Store `data` as one object."""
        ...

    async def stat(self, ref: ObjectRef) -> ObjectInfo:
        """What the store says of the object now."""
        ...

    async def get_range(self, ref: ObjectRef, start: int, end: int) -> memoryview:
        """Bytes [start, end), without another copy. `end` may exceed the object's end; fewer
        bytes come back then."""
        ...

    def stream(self, ref: ObjectRef, chunk_bytes: int = 4 << 20) -> AsyncIterator[bytes]:
        """The whole object in chunks, at most a few of them in memory."""
        ...

    async def delete(self, ref: ObjectRef) -> None:
        """Remove the object; no error if it does not exist, or was replaced by another one.

        With a store that knows no conditions one that is replaced in this very moment is removed.
        """
        ...

    def list(self, bucket: str, prefix: str) -> AsyncIterator[ObjectInfo]:
        """Objects under `prefix`, which ends with a slash or is empty, in no order."""
        ...

    async def ensure_bucket(self, bucket: str) -> None:
        """Create the bucket if it does not exist."""
        ...

    async def ping(self, bucket: str) -> None:
        """Raise `Unavailable` unless the store answers and has the bucket."""
        ...

    async def close(self) -> None: ...
