"""The dry run: the result of a file, by the functions of the workers, with nothing stored.

`python -m dryrun.run` reads a `DryRunRequest` (a line of JSON) and a file on standard input and
prints its document; the API runs it so, because the row engine takes more memory than the API may
have.
"""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dryrun.preview import preview, preview_in_doubt
from dryrun.request import DryRunRequest
from rows.arrays import arrow
from rows.decode.compression import compression_said
from rows.file_aggregate import FileAggregate, add, apply_max_invalid, final_status, notices_of
from rows.outcome import BatchOutcome
from rows.reader import FileReader
from rows.sniff.describe import detected_in, suggestions_in
from rows.sniff.head import HEAD_BYTES
from rows.sniff.own_profiles import OwnProfiles
from rows.turns import Turns
from schemas.errors import BadData
from schemas.events import BatchResult, Detected, FileSplit, FileUploaded, ObjectRef
from schemas.file_document import MAX_INVALID_ROWS, MAX_SENSORS, Document, encode, file_document
from schemas.file_record import FileRecord
from schemas.instants import micros_of, utc_now
from schemas.suggestions import Suggestion

_READ_BYTES: Final = 256 << 10
# Events and results name a file; this one is never stored.
_NO_FILE: Final = "dry-run"
_NOWHERE: Final = ObjectRef(bucket="", key="")


def dry_run(chunks: Iterable[bytes], request: DryRunRequest) -> Document:
    """The document that the file of `chunks` would have; without id, links and time of upload.

    Memory: that of a batch, and 64 bytes per sensor.
    """
    began = time.monotonic()
    counted = _Counted(chunks)
    reader = FileReader(
        request.options,
        request.engine.limits,
        request.engine.batch_bytes,
        said=compression_said(request.filename, request.content_encoding),
        filename=request.filename,
        expansion=request.engine.expansion,
        own=OwnProfiles(request.profiles).of(request.origin),
    )
    upload = FileUploaded(
        file_id=_NO_FILE,
        source="upload",
        raw=_NOWHERE,
        filename=request.filename,
        size_bytes=0,
        sha256="",
        upload_time=utc_now(),
        batch_bytes=request.engine.batch_bytes,
    )
    found = _Found()
    error = None
    suggestions: tuple[Suggestion, ...] = ()
    detected: Detected | None = None
    cap, last_kept = request.max_stored_invalid_rows, 0
    begins: dict[str, Any] | None = None
    try:
        for batch in reader.batches(counted):
            room = MAX_INVALID_ROWS - len(found.invalid)
            wanted = request.preview > 0 and begins is None
            outcome = reader.parse(
                batch, max_invalid=room, readings=wanted, latest=micros_of(upload.upload_time)
            )
            if wanted and reader.dialect is not None:
                begins = preview(batch.data, reader.dialect, outcome.readings, request.preview)
            before = found.state.invalid_count
            found.add(batch.span.batch_no, outcome)
            if before < cap <= before + outcome.invalid_count:
                kept = reader.parse(batch, max_invalid=cap - before).invalid_rows
                last_kept = int(arrow.values(kept.column("row"), np.int64)[-1])
    except BadData as exc:
        error, suggestions, found = exc.reason, suggestions_in(exc), _Found()
        detected = detected_in(exc)
        for _ in counted:
            pass
        begins = preview_in_doubt(
            counted.head, request.options, suggestions, request.preview, request.filename
        )
    state = found.state
    split = FileSplit(
        file=upload,
        batches=state.batches_done,
        rows=state.rows_done,
        dialect=reader.dialect if error is None else None,
        error=error,
        suggestions=suggestions,
        detected=detected,
        damage=reader.damage,
    )
    state = apply_max_invalid(add(state, split))
    upload = upload.model_copy(
        update={"size_bytes": counted.size, "sha256": counted.digest.hexdigest()}
    )
    status, why = final_status(state)
    record = FileRecord.from_upload(upload, recorded_at=upload.upload_time).terminal(
        status,
        finished_at=upload.upload_time,
        processing_ms=round((time.monotonic() - began) * 1000),
        row_count=state.row_count,
        invalid_count=state.invalid_count,
        record_count=state.record_count,
        missing_count=state.missing_count,
        excluded_count=state.excluded_count,
        sensor_count=0 if state.withheld else found.sensor_count(),
        min_value=state.smallest.value if state.smallest else None,
        max_value=state.greatest.value if state.greatest else None,
        batches=split.batches,
        error=why,
        dialect=split.dialect,
        codes=state.codes,
        notices=notices_of(state, found.turns.notices()),
        suggestions=suggestions,
        detected=detected,
        invalid_kept_through=last_kept if state.invalid_count > cap else 0,
    )
    document = file_document(
        record,
        per_sensor_count={} if state.withheld else found.per_sensor_count(),
        invalid_rows=found.invalid,
    )
    dry: Document = {"file_id": None, "upload_time": None, "links": {}}
    return document | dry | ({"preview": begins} if request.preview else {})


class _Counted:
    """Chunks with their total size and hash, and the first of their bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self.size = 0
        self.head = b""
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            if len(self.head) < HEAD_BYTES:
                self.head += chunk[: HEAD_BYTES - len(self.head)]
            self.digest.update(chunk)
            yield chunk


class _Found:
    """The results of the batches so far."""

    def __init__(self) -> None:
        self.state = FileAggregate(_NO_FILE, 1)
        self.invalid: list[dict[str, Any]] = []
        # The first sensors by id with their rows: once more than that are before a sensor, there
        # always will be. Of the others only the hash is kept, to count them.
        self._first = arrow.words([])
        self._rows = np.empty(0, np.int64)
        self._hashes = np.empty(0, np.uint64)
        self._new: list[np.ndarray] = []
        self.turns = Turns()

    def add(self, batch_no: int, outcome: BatchOutcome) -> None:
        self.state = add(
            self.state,
            BatchResult(
                file_id=_NO_FILE,
                generation=1,
                batch_no=batch_no,
                row_count=outcome.row_count,
                invalid_count=outcome.invalid_count,
                record_count=outcome.record_count,
                missing_count=outcome.missing_count,
                excluded_count=outcome.excluded_count,
                notices=outcome.notices,
                min_value=outcome.min_value,
                max_value=outcome.max_value,
                codes=outcome.codes,
            ),
        )
        for row in outcome.invalid_rows.to_pylist():
            self.invalid.append(row | {"byte": row["byte_offset"]})
        part = outcome.partials
        self.turns.add(part)
        # Sensors with missing or excluded cells only are no sensors of the file.
        part = part.filter(pc.greater(part.column("row_count"), 0))
        self._count(part.column("sensor_id"), arrow.values(part.column("row_count"), np.int64))
        self._new.append(arrow.values(part.column("sensor_hash"), np.uint64))
        if sum(map(len, self._new)) > len(self._hashes):
            self._gather()

    def sensor_count(self) -> int:
        self._gather()
        return len(self._hashes)

    def per_sensor_count(self) -> dict[str, int]:
        return dict(zip(self._first.to_pylist(), self._rows.tolist(), strict=True))

    def _count(self, sensors: pa.StringArray, rows: np.ndarray) -> None:
        """Add rows of sensors, each there once, to those of the first sensors.

        By hand, because `group_by` imports pandas.
        """
        found = pa.concat_arrays([self._first, sensors]).dictionary_encode()
        summed = np.zeros(len(found.dictionary), np.int64)
        np.add.at(summed, arrow.values(found.indices, np.int32), np.concatenate([self._rows, rows]))
        order = pc.sort_indices(found.dictionary).slice(0, MAX_SENSORS)
        self._first = found.dictionary.take(order)
        self._rows = summed[arrow.values(order, np.uint64)]

    def _gather(self) -> None:
        self._hashes = np.unique(np.concatenate([self._hashes, *self._new]))
        self._new = []


def main() -> None:
    """Read a request and a file on standard input, print its document."""
    stdin = sys.stdin.buffer
    request = DryRunRequest.model_validate_json(stdin.readline())
    chunks = iter(lambda: stdin.read(_READ_BYTES), b"")
    sys.stdout.buffer.write(encode(dry_run(chunks, request)))


if __name__ == "__main__":
    main()
