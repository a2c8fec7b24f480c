"""What is known of an upload: whether its key, its bytes or its id were seen before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from schemas.file_record import FileRecord
from sinks.clickhouse.client import Database, Rows

# A record that is generation 0 says that the bytes could not be stored: the file is not there yet.
_STORED: Final = 0
# Ids of files with the same bytes that have a record without earlier ones: the first ones that were
# uploaded. What duplicates there are has no such record. Others are no duplicates of files that are
# deleted or failed, so these do not take the places of those that they may be duplicates of. Of a file
# that was purged, the record that says so has no bytes any more, so some more places are left for such.
_WITH_BYTES: Final = (
    "SELECT file_id FROM file_records WHERE sha256 IN {sha256s:Array(String)} AND same_bytes = ''"
    " GROUP BY sha256, file_id"
    " HAVING max(deleted) = 0 AND argMax(status, version) != 'failed'"
    " ORDER BY min(upload_time), file_id LIMIT 64 BY sha256"
)


# What an upload may be known by: parameters and columns.
_KNOWN_BY: Final[Mapping[str, str]] = {
    "ids": "file_id",
    "keys": "idempotency_key",
    "sha256s": "sha256",
}


@dataclass(frozen=True, slots=True)
class UploadIdentity:
    """What an upload is known by."""

    # The id it gets unless a file of that id was deleted.
    file_id: str
    idempotency_key: str | None
    # sha256 and filename; None if it is to be stored although they are known.
    content: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class KnownUpload:
    """What the database knows of an upload; files that were deleted do not count."""

    # The first file that was uploaded with this key.
    by_key: FileRecord | None
    # The first file with these bytes and this name.
    by_content: FileRecord | None
    # Whether a file with its id was deleted: that id stays deleted.
    id_is_deleted: bool
    # Files with these bytes, whatever their names; unless it is to be stored although they are known.
    same_bytes: tuple[FileRecord, ...] = ()


async def known_uploads(
    database: Database, identities: Sequence[UploadIdentity]
) -> dict[UploadIdentity, KnownUpload]:
    """What is known of each upload, by one query, or two if something is known of one of them."""
    # Key, bytes and name are the same in every state of a file, so the search for ids need not
    # merge states and can use the skip indexes; only the few files found are read as they are now.
    ids = ["SELECT arrayJoin({ids:Array(String)})"]
    params: dict[str, Any] = {"ids": [identity.file_id for identity in identities]}
    if keys := sorted({i.idempotency_key for i in identities if i.idempotency_key is not None}):
        ids.append("SELECT file_id FROM file_records WHERE idempotency_key IN {keys:Array(String)}")
        params["keys"] = keys
    if contents := sorted({i.content for i in identities if i.content is not None}):
        ids.append(
            "SELECT file_id FROM file_records"
            " WHERE sha256 IN {sha256s:Array(String)} AND filename IN {filenames:Array(String)}"
        )
        ids.append(_WITH_BYTES)
        params["sha256s"], params["filenames"] = map(list, zip(*contents, strict=True))
    rows: Rows = []
    if await _any_record(database, params):
        rows = await database.query(
            "SELECT file_id, deleted, record FROM file_records FINAL"
            f" PREWHERE file_id IN ({' UNION ALL '.join(ids)})",
            params,
        )
    deleted = {row["file_id"] for row in rows if row["deleted"]}
    stored = _stored(row["record"] for row in rows if not row["deleted"])
    by_key = {r.idempotency_key: r for r in stored}
    by_content = {(r.sha256, r.filename): r for r in stored}
    by_bytes = _by_bytes(stored)
    return {
        identity: KnownUpload(
            by_key=by_key.get(identity.idempotency_key) if identity.idempotency_key else None,
            by_content=by_content.get(identity.content) if identity.content else None,
            id_is_deleted=identity.file_id in deleted,
            same_bytes=by_bytes.get(identity.content[0], ()) if identity.content else (),
        )
        for identity in identities
    }


async def _any_record(database: Database, params: Mapping[str, Any]) -> bool:
    """Whether there is a record, in whatever state, with one of the ids, keys or hashes.

    Nothing is known of most uploads, and that is a third of the work to find out.
    """
    found = " UNION ALL ".join(
        f"SELECT 1 FROM file_records PREWHERE {column} IN {{{name}:Array(String)}}"
        for name, column in _KNOWN_BY.items()
        if name in params
    )
    return bool(await database.query(f"SELECT 1 FROM ({found}) LIMIT 1", params))


async def files_with_bytes(
    database: Database, sha256s: Sequence[str]
) -> dict[str, tuple[FileRecord, ...]]:
    """For each hash that is known, some files with these bytes, duplicates left out."""
    rows = await database.query(
        f"SELECT record FROM file_records FINAL PREWHERE file_id IN ({_WITH_BYTES}) WHERE deleted = 0",
        {"sha256s": list(sha256s)},
    )
    return _by_bytes(_stored(row["record"] for row in rows))


async def files_by_idempotency_key(
    database: Database, keys: Sequence[str]
) -> dict[str, FileRecord]:
    """For each of `keys` that is known, the first file that was uploaded with it."""
    rows = await database.query(
        "SELECT record FROM file_records FINAL PREWHERE file_id IN"
        " (SELECT file_id FROM file_records WHERE idempotency_key IN {keys:Array(String)})"
        " WHERE deleted = 0",
        {"keys": list(keys)},
    )
    stored = _stored(row["record"] for row in rows)
    return {r.idempotency_key: r for r in stored if r.idempotency_key is not None}


def _by_bytes(stored: Iterable[FileRecord]) -> dict[str, tuple[FileRecord, ...]]:
    found: dict[str, tuple[FileRecord, ...]] = {}
    for record in stored:
        found[record.sha256] = (*found.get(record.sha256, ()), record)
    return found


def _stored(records: Iterable[str]) -> list[FileRecord]:
    """Records of files whose bytes are stored, the first one last: it stays in a dictionary."""
    found = (FileRecord.from_json(record) for record in records)
    return sorted(
        (record for record in found if record.generation > _STORED),
        key=lambda record: (record.upload_time, record.file_id),
        reverse=True,
    )
