"""The file of a resumable upload, read from the pieces that were received."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from ingest.http.request_body import FilePart
from storage.base import ObjectInfo, ObjectMissing, ObjectStore


class PiecesChanged(Exception):  # noqa: N818
    """The pieces of an upload are not those that were listed: another process goes on with it."""


class PiecesBody:
    """The file of an upload, read from its pieces; an `ingest.http.request_body.Body`."""

    def __init__(self, store: ObjectStore, part: FilePart, pieces: Sequence[ObjectInfo]) -> None:
        self._store, self._part, self._pieces = store, part, pieces

    async def find_file(self) -> FilePart | None:
        """The file, which is all there is."""
        return self._part

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the file.

        Raises:
            PiecesChanged: a piece is not there any more, or not as long as it was.
        """
        for piece in self._pieces:
            left = piece.size
            try:
                async for chunk in self._store.stream(piece.ref, 1 << 20):
                    left -= len(chunk)
                    yield chunk
            except ObjectMissing:
                raise PiecesChanged from None
            if left:
                raise PiecesChanged

    def fields_before(self) -> dict[str, list[str]]:
        """None: there is no form."""
        return {}

    async def fields(self) -> dict[str, list[str]]:
        """None: what was said of the file was said at the start."""
        return {}
