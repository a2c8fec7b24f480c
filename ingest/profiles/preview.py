"""Which earlier files a change of a profile would read differently."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dryrun.pool import ComparisonPool
from dryrun.request import Comparison, ComparisonRequest, EarlierFile, EngineSettings
from rows.sniff.file_types import HEAD_BYTES
from runtime.settings import ApiSettings
from schemas.file_record import FileRecord
from schemas.profiles import NamedProfile, ProfileContent, origin_of
from storage.base import ObjectMissing, ObjectStore

# Files up to this size are counted; of larger ones the head shows whether they are read differently.
COUNTED_BYTES: Final = 16 << 20
# A page ends before more bytes are read, but for those of its first file.
PAGE_BYTES: Final = 128 << 20
_LARGE_HEAD: Final = 2 * HEAD_BYTES
_SUMMED: Final = ("row_count", "invalid_count")


@dataclass(frozen=True, slots=True)
class Compared:
    """A file with how it would be read; `comparison` is None if its bytes are gone."""

    record: FileRecord
    comparison: Comparison | None


def sent_bytes(record: FileRecord) -> int:
    """How much of a file is read to compare it."""
    return record.size_bytes if record.size_bytes <= COUNTED_BYTES else _LARGE_HEAD


def fitting(records: Sequence[FileRecord]) -> int:
    """How many of the files one page can read."""
    total = 0
    for count, record in enumerate(records):
        total += sent_bytes(record)
        if count and total > PAGE_BYTES:
            return count
    return len(records)


def with_draft(
    profiles: Sequence[NamedProfile], name: str, content: ProfileContent, version: int
) -> tuple[NamedProfile, ...]:
    """The profiles as they would be."""
    draft = NamedProfile(name=name, version=version, content=content)
    return (*(one for one in profiles if one.name != name), draft)


async def compare(
    pool: ComparisonPool,
    store: ObjectStore,
    settings: ApiSettings,
    records: Sequence[FileRecord],
    profiles: tuple[NamedProfile, ...],
) -> list[Compared]:
    """How files were read, and how they would be read with `profiles`."""
    read: list[FileRecord] = []

    async def chunks() -> AsyncIterator[bytes]:
        for record in records:
            if record.raw_removed_at is not None:
                continue
            size = sent_bytes(record)
            try:
                data = bytes(await store.get_range(record.raw, 0, size))
            except ObjectMissing:
                continue
            read.append(record)
            file = EarlierFile(
                origin=origin_of(record),
                options=record.options,
                content_encoding=record.content_encoding,
                dialect=record.dialect,
                is_whole=len(data) >= record.size_bytes,
                sent_bytes=len(data),
            )
            yield file.model_dump_json().encode() + b"\n"
            yield data

    request = ComparisonRequest(engine=EngineSettings.model_validate(settings), profiles=profiles)
    found = await pool.compare(chunks(), request)
    by_id = {r.file_id: one for r, one in zip(read, found, strict=True)}
    return [Compared(record, by_id.get(record.file_id)) for record in records]


def preview_document(compared: Sequence[Compared], next_cursor: str | None) -> dict[str, Any]:
    """The files that would be read differently, with counts and totals old and new."""
    items = [
        _item(one) for one in compared if one.comparison is not None and one.comparison.differs
    ]
    counted = [item for item in items if item["new"] is not None]
    return {
        "items": items,
        "next_cursor": next_cursor,
        "checked": len(compared),
        "differing": len(items),
        "unreadable": sum(one.comparison is None for one in compared),
        "totals": {
            when: {name: sum(item[when][name] or 0 for item in counted) for name in _SUMMED}
            for when in ("old", "new")
        },
    }


def _item(one: Compared) -> dict[str, Any]:
    record, comparison = one.record, one.comparison
    assert comparison is not None
    old = {
        "status": record.shown_status,
        "error": record.error,
        "row_count": record.row_count,
        "invalid_count": record.invalid_count,
        "sensor_count": record.sensor_count,
        "min_value": record.min_value,
        "max_value": record.max_value,
    }
    return {
        "file_id": record.file_id,
        "filename": record.filename,
        "profile": record.dialect.profile if record.dialect else None,
        "profile_version": record.dialect.profile_version if record.dialect else None,
        "would_be_profile": comparison.profile,
        "changes": {
            name: {"old": old_value, "new": new_value}
            for name, (old_value, new_value) in comparison.changes.items()
        },
        "old": old,
        "new": comparison.new.model_dump(mode="json") if comparison.new else None,
    }
