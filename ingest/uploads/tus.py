"""Uploads that go on where they were cut: what is received is in the object store, in pieces.

    resumable/<upload_id>/info      what was said of the file at the start
    resumable/<upload_id>/<offset>  bytes from that offset on, one object per piece
    resumable/<upload_id>/file      the resulting file; the pieces are deleted then

How far an upload is follows from the pieces alone, so it goes on at any process of the API and
after any crash, and no process holds more of it than one piece. A process remembers how far it brought
an upload, so that many small pieces need not be listed for each of them. When the last piece is in,
the file is taken in as if it came as the body of one request.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.requests import ClientDisconnect

from ingest.http.errors import Problem, unknown_upload, upload_too_long, wrong_offset, wrong_type
from ingest.http.request_body import FilePart
from ingest.uploads.file_ids import new_file_id
from ingest.uploads.options import Texts
from ingest.uploads.pieces import PiecesBody, PiecesChanged
from ingest.uploads.ports import UploadRequest
from ingest.uploads.service import Uploads
from rows.sniff.file_types import HEAD_BYTES, can_be_read
from runtime.keyed_locks import KeyedLocks
from runtime.metrics import UPLOAD_BYTES, UPLOADS
from runtime.periodic import run_every
from runtime.supervise import for_each
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from schemas.object_keys import RESUMABLE
from schemas.own_keys import own_key
from storage.base import AccessDenied, ObjectInfo, ObjectMissing, ObjectStore

_LOG = logging.getLogger(__name__)
# What is lost if a process is killed in the middle of a request, and what is buffered of each.
PIECE_BYTES = 4 << 20
_SWEEP_SECONDS = 600.0
# The sweep's name among the background tasks.
TASK = "upload cleaner"
_KNOWN_OWNERS = 10_000
# Uploads of which a process remembers how far it brought them.
_KNOWN_UPLOADS = 10_000
# How often a complete upload is read again if its pieces change meanwhile.
_READS = 3
_INFO, _FILE = "info", "file"
_PIECE = re.compile(r"\d{20}")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Announced:
    """What is said of an upload at its start."""

    length: int
    filename: str
    content_type: str | None = None
    idempotency_key: str | None = None
    force: bool = False
    parameters: Texts = field(default_factory=dict)
    # Id of the API key that it was begun with.
    owner: str | None = None
    # Whether files of other keys may be changed with that key.
    of_admin: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """How far an upload is; `file_id` is that of its file once all is received and recorded.

    `known` if that file, of the same name and bytes, had been uploaded before; `generation` is then
    the one that is read with the options of this upload, if they are other ones.
    """

    upload_id: str
    announced: Announced
    offset: int
    expires: datetime
    file_id: str | None
    known: bool = False
    generation: int | None = None
    pieces: tuple[ObjectInfo, ...] = ()


class ResumableUploads:
    """Takes uploads in piece by piece.

    Args:
        uploads: takes in the file when it is complete.
        keep: how long an inactive upload is kept.
    """

    def __init__(
        self,
        *,
        store: ObjectStore,
        bucket: str,
        uploads: Uploads,
        keep: timedelta,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._bucket, self._uploads = store, bucket, uploads
        self._keep, self._clock = keep, clock
        self._locks = KeyedLocks()
        self._receiving: dict[str, asyncio.Event] = {}
        # Of uploads that were asked for lately; an owner never changes.
        self._owners: OrderedDict[str, str | None] = OrderedDict()
        # How far this process brought uploads that are not complete; without their pieces.
        self._reached: OrderedDict[str, Upload] = OrderedDict()

    async def create(self, announced: Announced) -> Upload:
        """Begin an upload."""
        now = self._clock()
        upload_id = new_file_id(now)
        await self._store.put_bytes(self._ref(upload_id, _INFO), orjson.dumps(asdict(announced)))
        return Upload(upload_id, announced, 0, now + self._keep, None)

    async def find(self, upload_id: str) -> Upload:
        """How far an upload is. Where all is received but the file could not be taken in, that is
        tried again.

        Raises:
            Problem: there is no such upload, or the file cannot be taken in.
        """
        async with self._alone(upload_id):
            upload = await self._still_there(upload_id) or await self._state(upload_id)
            return await self._completed(upload)

    async def owner_of(self, upload_id: str) -> str | None:
        """Id of the API key that an upload was begun with.

        Raises:
            Problem: there is no such upload.
        """
        if not _ID.fullmatch(upload_id):
            raise unknown_upload(upload_id)
        if upload_id not in self._owners:
            try:
                info = orjson.loads(await self._read(self._ref(upload_id, _INFO)))
            except ObjectMissing:
                raise unknown_upload(upload_id) from None
            self._owners[upload_id] = Announced(**info).owner
            if len(self._owners) > _KNOWN_OWNERS:
                self._owners.popitem(last=False)
        return self._owners[upload_id]

    async def peek(self, upload_id: str) -> Upload:
        """How far an upload is, as an onlooker sees it: nothing is stopped or tried again."""
        return await self._state(upload_id)

    async def append(self, upload_id: str, offset: int, chunks: AsyncIterator[bytes]) -> Upload:
        """Receive bytes from `offset` on. Those that came are kept also where the client goes away
        in the middle.

        Raises:
            Problem: there is no such upload, it is not at `offset`, more comes than was announced,
                or the file cannot be taken in.
        """
        async with self._alone(upload_id) as stop:
            upload = await self._still_there(upload_id) or await self._state(upload_id)
            if upload.file_id is not None or offset != upload.offset:
                raise wrong_offset(offset, upload.offset)
            self._reached.pop(upload_id, None)
            reached = await self._receive(upload, chunks, stop)
            if reached == upload.announced.length:
                return await self._completed(await self._state(upload_id))
            expires = self._clock() + self._keep
            upload = replace(upload, offset=reached, expires=expires, pieces=())
            self._reached[upload_id] = upload
            if len(self._reached) > _KNOWN_UPLOADS:
                self._reached.popitem(last=False)
            return upload

    async def delete(self, upload_id: str) -> None:
        """Delete an upload; its file stays."""
        async with self._alone(upload_id):
            self._reached.pop(upload_id, None)
            await self._state(upload_id)
            await self._remove(upload_id)

    async def run(self) -> None:
        """Sweep now and then, as long as the process lives."""
        every = min(_SWEEP_SECONDS, self._keep.total_seconds() / 4)
        await run_every("removal of inactive uploads", self.sweep, every)

    async def sweep(self) -> int:
        """Remove inactive uploads; how many."""
        now = self._clock()
        newest: dict[str, datetime] = defaultdict(lambda: datetime.min.replace(tzinfo=now.tzinfo))
        async for info in self._store.list(self._bucket, RESUMABLE):
            upload_id = info.ref.key.split("/")[1]
            newest[upload_id] = max(newest[upload_id], info.modified)
        old = [upload_id for upload_id, moment in newest.items() if moment < now - self._keep]
        failed = await for_each(TASK, old, self._remove, expected=(AccessDenied,))
        removed = len(old) - len(failed)
        if removed:
            _LOG.info("removed %d inactive uploads", removed)
        return removed

    @asynccontextmanager
    async def _alone(self, upload_id: str) -> AsyncIterator[asyncio.Event]:
        """Hold the upload. A request that still receives for it is stopped first: who asks is the
        client, and its older connection may be one that only the server thinks is alive."""
        if (receiving := self._receiving.get(upload_id)) is not None:
            receiving.set()
        async with self._locks.hold(upload_id):
            stop = self._receiving[upload_id] = asyncio.Event()
            try:
                yield stop
            finally:
                if self._receiving.get(upload_id) is stop:
                    del self._receiving[upload_id]

    async def _still_there(self, upload_id: str) -> Upload | None:
        """An upload that this process brought as far as it is now; None if it did not, or another
        process went on with it."""
        reached = self._reached.get(upload_id)
        if reached is None:
            return None
        names = _INFO, _FILE, f"{reached.offset:020d}"
        there = await asyncio.gather(*(self._exists(self._ref(upload_id, n)) for n in names))
        return reached if there == [True, False, False] else None

    async def _exists(self, ref: ObjectRef) -> bool:
        try:
            await self._store.stat(ref)
        except ObjectMissing:
            return False
        return True

    async def _receive(
        self, upload: Upload, chunks: AsyncIterator[bytes], stop: asyncio.Event
    ) -> int:
        """Keep the bytes that come; how far the upload is then."""
        offset = upload.offset
        piece: list[bytes] = []
        held = 0

        async def keep() -> None:
            nonlocal offset, piece, held
            data, begins = b"".join(piece), offset
            # What cannot be kept is sent again.
            offset, piece, held = offset + held, [], 0
            await self._keep_piece(upload, begins, data)

        try:
            async for chunk in _until(stop, chunks):
                if offset + held + len(chunk) > upload.announced.length:
                    raise upload_too_long(upload.announced.length)
                piece.append(chunk)
                held += len(chunk)
                if held >= PIECE_BYTES:
                    await keep()
        except ClientDisconnect:
            pass
        finally:
            # The bytes received until now count, whatever error follows.
            if held:
                await keep()
        return offset

    async def _keep_piece(self, upload: Upload, offset: int, data: bytes) -> None:
        announced = upload.announced
        if offset == 0 and len(data) >= min(HEAD_BYTES, announced.length):
            # Checked now, and not after gigabytes were received.
            head = data[:HEAD_BYTES]
            if not can_be_read(announced.filename, announced.content_type, head):
                await self._remove(upload.upload_id)
                raise wrong_type(announced.filename, announced.content_type, head)
        await self._store.put_bytes(self._ref(upload.upload_id, f"{offset:020d}"), data)

    async def _completed(self, upload: Upload) -> Upload:
        """Take the file of an upload in, if all of it is received; how far the upload is then."""
        for _ in range(_READS):
            if upload.file_id is not None or upload.offset < upload.announced.length:
                return upload
            try:
                return await self._take_in(upload)
            except PiecesChanged:
                upload = await self._state(upload.upload_id)
        raise Unavailable(Service.STORE, "the pieces of the upload change while they are read")

    async def _take_in(self, upload: Upload) -> Upload:
        announced = upload.announced
        # Without a key of the client's it has one of its own: an upload that was taken in, and whose
        # answer was lost, is distinguished from a file that was known before.
        key = announced.idempotency_key or own_key("resumable upload", upload.upload_id)
        request = UploadRequest(
            parameters=announced.parameters,
            idempotency_key=key,
            force=announced.force,
            owner=announced.owner,
            of_admin=announced.of_admin,
        )
        part = FilePart(announced.filename, announced.content_type, announced.length)
        try:
            uploaded = await self._uploads.receive(
                PiecesBody(self._store, part, upload.pieces), request
            )
        except (Problem, ObjectMissing) as exc:
            # A repeated request gets the same answer; a service that is unavailable may recover.
            if not isinstance(exc, Problem) or exc.status < 500:
                await self._remove(upload.upload_id)
            raise
        UPLOADS.labels(
            "accepted" if uploaded.new else "replayed" if uploaded.begun else "seen"
        ).inc()
        if uploaded.new:
            UPLOAD_BYTES.inc(announced.length)
        file_id = uploaded.record.file_id
        known = not uploaded.new and uploaded.record.idempotency_key != key
        generation = uploaded.record.generation if uploaded.begun else None
        done = orjson.dumps({"file_id": file_id, "known": known, "generation": generation})
        await self._store.put_bytes(self._ref(upload.upload_id, _FILE), done)
        for piece in upload.pieces:
            await self._store.delete(piece.ref)
        length, expires = announced.length, upload.expires
        return Upload(upload.upload_id, announced, length, expires, file_id, known, generation)

    async def _state(self, upload_id: str) -> Upload:
        if not _ID.fullmatch(upload_id):
            raise unknown_upload(upload_id)
        stored: dict[str, ObjectInfo] = {}
        async for info in self._store.list(self._bucket, f"{RESUMABLE}{upload_id}/"):
            stored[info.ref.key.rpartition("/")[2]] = info
        if _INFO not in stored:
            raise unknown_upload(upload_id)
        try:
            announced = _announced(orjson.loads(await self._read(stored[_INFO].ref)))
            file_id, known, generation = None, False, None
            if _FILE in stored:
                taken = orjson.loads(await self._read(stored[_FILE].ref))
                file_id, known = taken["file_id"], taken.get("known", False)
                generation = taken.get("generation")
        except ObjectMissing:  # deleted since
            raise unknown_upload(upload_id) from None
        expires = max(info.modified for info in stored.values()) + self._keep
        offset, pieces = 0, []
        # A piece that does not begin where the one before ends is none: two connections wrote.
        while (name := f"{offset:020d}") in stored and stored[name].size:
            pieces.append(stored[name])
            offset += stored[name].size
        if file_id is not None:
            offset = announced.length
        return Upload(
            upload_id, announced, offset, expires, file_id, known, generation, tuple(pieces)
        )

    async def _read(self, ref: ObjectRef) -> bytes:
        return b"".join([chunk async for chunk in self._store.stream(ref)])

    async def _remove(self, upload_id: str) -> None:
        """Delete all of an upload, `info` last: what is left of it can then be found."""
        found = [
            info.ref async for info in self._store.list(self._bucket, f"{RESUMABLE}{upload_id}/")
        ]
        for ref in sorted(found, key=lambda ref: ref.key.endswith(f"/{_INFO}")):
            await self._store.delete(ref)

    def _ref(self, upload_id: str, name: str) -> ObjectRef:
        return ObjectRef(bucket=self._bucket, key=f"{RESUMABLE}{upload_id}/{name}")


def _announced(stored: dict[str, Any]) -> Announced:
    # Earlier versions stored one text per option.
    parameters = {
        name: [texts] if isinstance(texts, str) else texts
        for name, texts in stored["parameters"].items()
    }
    return Announced(**{**stored, "parameters": parameters})


async def _until(stop: asyncio.Event, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Chunks until there are no more, or `stop` is set."""
    stopped = asyncio.ensure_future(stop.wait())
    try:
        while True:
            coming = asyncio.ensure_future(anext(chunks, None))
            await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                coming.cancel()
                with suppress(asyncio.CancelledError, ClientDisconnect):
                    await coming
                return
            chunk = coming.result()
            if chunk is None:
                return
            if chunk:
                yield chunk
    finally:
        stopped.cancel()
