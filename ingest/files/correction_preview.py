"""What a correction would do: counts over all rows that it is about, and the first examples."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from itertools import groupby
from typing import Any, Final, TypeAlias

from ingest.files.row_sources import Candidate, changed_row
from rows.invalid.changes import Changes, formats_of
from rows.invalid.csv_export import correction
from schemas.corrections import Correction, RowFilter
from schemas.file_record import FileRecord
from schemas.invalid_codes import COLUMNS
from sinks.clickhouse.client import Database, Rows
from sinks.queries.bulk import invalid_rows_of_files, selected_files, with_invalid_rows
from sinks.queries.resubmissions import Claim, claimed_entries

# Files, and invalid rows of them.
_Page: TypeAlias = tuple[list[FileRecord], Rows]
_FILES: Final = 200
_ROWS: Final = 10_000
_EXAMPLES: Final = 20
# Examples of one file, so that several files are seen.
_OF_A_FILE: Final = 5
# Files that are looked at; the operation itself has no such bound.
MOST_FILES: Final = 10_000


@dataclass(slots=True)
class Preview:
    """Counts of a correction, and examples of rows that it changes, and that it leaves."""

    # Files with rows that fit, and with rows that are corrected.
    files: int = 0
    changed_files: int = 0
    # Whether there are more files than were looked at.
    more_files: bool = False
    matched: int = 0
    corrected: int = 0
    unchanged: int = 0
    # A faulty cell is left as it is.
    still_invalid: int = 0
    # Corrected by a file already, or by one that waits.
    corrected_before: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)
    left: list[dict[str, Any]] = field(default_factory=list)
    last_matched: str = ""
    last_changed: str = ""

    def document(self) -> dict[str, Any]:
        """As the API returns it."""
        names = [one.name for one in fields(self) if not one.name.startswith("last_")]
        return {name: getattr(self, name) for name in names}


async def preview_correction(database: Database, request: Correction) -> Preview:
    """Go through all rows that a correction is about. Memory: some thousand rows."""
    where, params = with_invalid_rows(request.files)
    found = Preview()
    last, seen = "", 0
    while files := await selected_files(database, where, params, after=last, limit=_FILES):
        last, seen = files[-1].file_id, seen + len(files)
        claims = await claimed_entries(database, [file.file_id for file in files])
        async for group, rows in _ahead(_pages(database, files, request.rows)):
            await asyncio.to_thread(_count, found, rows, group, request, claims)
        if len(files) < _FILES:
            break
        if seen >= MOST_FILES:
            found.more_files = True
            break
    return found


def _groups(files: Sequence[FileRecord]) -> Iterator[list[FileRecord]]:
    """Files, by id, whose rows are one page: a further page reads all of its files again."""
    group: list[FileRecord] = []
    size = 0
    for file in files:
        count = file.invalid_count or 0
        if group and size + count >= _ROWS:
            yield group
            group, size = [], 0
        group.append(file)
        size += count
    if group:
        yield group


async def _pages(
    database: Database, files: Sequence[FileRecord], rows: RowFilter
) -> AsyncIterator[_Page]:
    """The invalid rows of files, a page at a time, with the files that they are of."""
    for group in _groups(files):
        after = "", 0, 0
        while True:
            page = await invalid_rows_of_files(database, group, rows, after=after, limit=_ROWS)
            yield group, page
            if len(page) < _ROWS:
                break
            after = page[-1]["file_id"], page[-1]["row"], page[-1]["cell"]


async def _ahead(pages: AsyncIterator[_Page]) -> AsyncIterator[_Page]:
    """`pages`; while one is used, the next one is read."""

    async def next_page() -> _Page | None:
        return await anext(pages, None)

    reading = asyncio.create_task(next_page())
    try:
        while (page := await reading) is not None:
            reading = asyncio.create_task(next_page())
            yield page
    finally:
        reading.cancel()


def _count(
    found: Preview,
    rows: Rows,
    files: Sequence[FileRecord],
    request: Correction,
    claims: Mapping[tuple[str, int, int], Claim],
) -> None:
    by_id = {file.file_id: file for file in files}
    for file_id, of_file in groupby(rows, key=lambda row: str(row["file_id"])):
        file = by_id[file_id]
        changes = Changes(request.changes, formats_of(file.options, file.dialect))
        before, matched = found.corrected, found.matched
        shown = 0
        for row in of_file:
            candidate = changed_row(row, file, changes)
            if candidate is None:
                continue
            found.matched += 1
            if claims and (file_id, row["row"], row["cell"]) in claims:
                found.corrected_before += 1
                continue
            done = correction(candidate.back.fields, candidate.rejected)
            if done.fields is not None:
                found.corrected += 1
                if shown < _OF_A_FILE and len(found.examples) < _EXAMPLES:
                    shown += 1
                    found.examples.append(_example(file, candidate))
                continue
            if done.changed:
                found.still_invalid += 1
            else:
                found.unchanged += 1
            if len(found.left) < _OF_A_FILE:
                found.left.append(_example(file, candidate))
        # The rows of a file may be on two pages.
        if found.matched > matched and file_id != found.last_matched:
            found.files, found.last_matched = found.files + 1, file_id
        if found.corrected > before and file_id != found.last_changed:
            found.changed_files, found.last_changed = found.changed_files + 1, file_id


def _example(file: FileRecord, candidate: Candidate) -> dict[str, Any]:
    row = candidate.invalid
    return {
        "file_id": file.file_id,
        "filename": file.filename,
        "row": row["row"],
        "line": row["line"],
        "code": row["code"],
        "before": dict(zip(COLUMNS, candidate.rejected.cells, strict=True)),
        "after": dict(zip(COLUMNS, candidate.back.fields, strict=True)),
    }
