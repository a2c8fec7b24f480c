"""What a change of profiles does to files that were read before: would they be read differently?

`python -m dryrun.comparison` reads a `ComparisonRequest` (a line of JSON) and then, for each file, a
line of JSON (`EarlierFile`) and its bytes: all of them, or the head of a large file. It writes a
line of JSON (`Comparison`) for each. The API runs it so, because the row engine takes more memory
than the API may have.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from dryrun.request import Comparison, ComparisonRequest, DryRunRequest, EarlierFile, Outcome
from dryrun.run import dry_run
from rows.decode.compression import compression_said
from rows.reader import FileReader
from rows.sniff.own_profiles import OwnProfiles
from schemas.dialect_document import dialect_document
from schemas.errors import BadData
from schemas.events import DialectSpec


def compare(
    file: EarlierFile, data: bytes, request: ComparisonRequest, own: OwnProfiles
) -> Comparison:
    """How a file would be read now, beside how it was read.

    Args:
        data: the file, or its beginning if `file.is_whole` is False.
    """
    try:
        dialect = _dialect(file, data, request, own)
    except BadData as exc:
        same = file.dialect is None
        failed = Outcome(status="failed", error=exc.reason)
        return Comparison(differs=not same, new=None if same else failed)
    if dialect is None or (file.dialect is not None and dialect.reads_like(file.dialect)):
        return Comparison(differs=False)
    return Comparison(
        differs=True,
        changes=_changes(file.dialect, dialect),
        new=_outcome(file, data, request) if file.is_whole else None,
        profile=dialect.profile,
    )


def _dialect(
    file: EarlierFile, data: bytes, request: ComparisonRequest, own: OwnProfiles
) -> DialectSpec | None:
    reader = FileReader(
        file.options,
        request.engine.limits,
        request.engine.batch_bytes,
        said=compression_said(file.origin.filename, file.content_encoding),
        filename=file.origin.filename,
        expansion=request.engine.expansion,
        own=own.of(file.origin),
    )
    for _ in reader.feed(data):
        if reader.dialect is not None:
            return reader.dialect
    if file.is_whole:
        for _ in reader.finish():
            if reader.dialect is not None:
                break
    return reader.dialect


def _outcome(file: EarlierFile, data: bytes, request: ComparisonRequest) -> Outcome:
    document = dry_run(
        [data],
        DryRunRequest(
            engine=request.engine,
            filename=file.origin.filename,
            options=file.options,
            content_encoding=file.content_encoding,
            origin=file.origin,
            profiles=request.profiles,
        ),
    )
    totals = document["aggregations"] or {}
    return Outcome(
        status=document["status"],
        error=document["error"],
        row_count=totals.get("row_count"),
        invalid_count=document["invalid_count"],
        sensor_count=document["sensor_count"],
        min_value=totals.get("min_value"),
        max_value=totals.get("max_value"),
    )


def _changes(old: DialectSpec | None, new: DialectSpec) -> dict[str, tuple[Any, Any]]:
    """The properties that change, by name: as they were, and as they would be."""
    before = dialect_document(old) if old is not None else {}
    return {
        name: (before.get(name, {}).get("value"), said["value"])
        for name, said in dialect_document(new).items()
        if isinstance(said, dict) and said["value"] != before.get(name, {}).get("value")
    }


def comparisons(stdin: BinaryIO) -> Iterator[Comparison]:
    """The comparison of each file in `stdin`, in its order."""
    request = ComparisonRequest.model_validate_json(stdin.readline())
    own = OwnProfiles(request.profiles)
    while line := stdin.readline():
        file = EarlierFile.model_validate_json(line)
        yield compare(file, stdin.read(file.sent_bytes), request, own)


def main() -> None:
    """Read files on standard input, write a line about each."""
    for one in comparisons(sys.stdin.buffer):
        sys.stdout.buffer.write(one.model_dump_json().encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
