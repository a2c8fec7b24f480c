"""What an upload is given and gives, and the parts of the product that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.uploads.options import Texts
from schemas.events import FileUploaded
from schemas.file_record import FileRecord
from schemas.file_state import FileState
from schemas.read_options import ReadOptions
from sinks.file_operations import Decision
from sinks.queries import KnownUpload, UploadIdentity


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What a request says beside the body."""

    parameters: Texts
    # As `ingest.uploads.idempotency` makes it.
    idempotency_key: str | None = None
    content_encoding: str | None = None
    force: bool = False
    # Id of the API key of the request.
    owner: str | None = None
    # Whether files of other keys may be changed.
    of_admin: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The file of an upload; `new` is False if it had been uploaded before.

    `begun`: its latest generation is read with the options of this upload, which are other ones
    than those that it was read with.
    """

    record: FileRecord
    new: bool
    begun: bool = False


class Records(Protocol):
    """Records of files, written durably and found by what identifies them."""

    async def write(self, record: FileRecord) -> None:
        """Return when the record is stored; many at once share an insert."""
        ...

    async def known(self, identity: UploadIdentity) -> KnownUpload:
        """Whether an upload was seen before."""
        ...

    async def by_idempotency_key(self, key: str) -> FileRecord | None:
        """The first file that was uploaded with that key and is not deleted."""
        ...

    async def states(self, file_ids: Sequence[str]) -> dict[str, FileState]:
        """The state of each known file, deleted ones included."""
        ...


class Profiles(Protocol):
    """The profiles of users (`sinks.profile_catalog`)."""

    async def current(self) -> int | None:
        """The revision that a file that is uploaded now is read with; None without profiles."""
        ...


class SameBytes(Protocol):
    """Records files whose bytes are known (`sinks.duplicates`)."""

    async def begin(self, upload: FileUploaded) -> FileRecord | None:
        """The record of a file that a worker compares with the earlier ones; None if there are none."""
        ...


class Readings(Protocol):
    """Reads known files again (`ingest.files.lifecycle`)."""

    async def read_with(self, file_id: str, options: ReadOptions, key: str = "") -> Decision:
        """Begin a generation that is read with `options`, unless the latest one is, or one was
        begun for the same idempotency key."""
        ...
