"""Where corrected rows come from: rows that were sent, or changes of the invalid rows of a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice
from typing import IO, Any, Final, NamedTuple, Protocol, TypeAlias

from ingest.files.resubmission_report import Taken
from rows.invalid.changes import Changes, formats_of
from rows.invalid.csv_export import EditedRow, read_edited_rows
from rows.invalid.fields import rejected_row
from rows.invalid.record import RejectedRow
from schemas.corrections import Change, RowFilter
from schemas.file_record import FileRecord
from sinks.batched_lookup import DataLoader
from sinks.clickhouse.client import Database, Rows
from sinks.queries import invalid_rows_of
from sinks.queries.bulk import first_invalid_rows, invalid_rows_of_files

_ROWS: Final = 1000
# Files whose first rows are read together: some thousand rows are in memory.
_TOGETHER: Final = 16

# Number of a row, and of one of its invalid cells.
Entry: TypeAlias = tuple[int, int]


class Candidate(NamedTuple):
    """An invalid row, its cells in the export, and what is to become of them."""

    invalid: Mapping[str, Any]
    rejected: RejectedRow
    back: EditedRow


class RowSource(Protocol):
    """Gives the rows of a file that may correct invalid ones."""

    def read(self, of: FileRecord, taken: Taken) -> AsyncIterator[dict[Entry, Candidate]]:
        """Candidates, some at a time; rows that cannot be one are rejected in `taken`.

        Raises:
            BadData: what was sent is unreadable.
        """
        ...


class SentRows:
    """Rows of an export that came back."""

    def __init__(self, database: Database, sent: IO[bytes]) -> None:
        self._database, self._sent = database, sent

    async def read(self, of: FileRecord, taken: Taken) -> AsyncIterator[dict[Entry, Candidate]]:
        """See `RowSource`."""
        await asyncio.to_thread(self._sent.seek, 0)
        came: set[Entry] = set()
        returned = read_edited_rows(self._sent)
        while some := await asyncio.to_thread(_next, returned):
            own = [back for back in some if back.of in ("", of.file_id)]
            taken.of_others += len(some) - len(own)
            numbered = _numbered(own, came, taken)
            invalid = await invalid_rows_of(self._database, of, numbered)
            for entry, back in numbered.items():
                if entry not in invalid:
                    taken.refuse(back, "not_invalid")
            yield {
                entry: Candidate(row, rejected_row(row, of.dialect), back)
                for entry, back in numbered.items()
                if (row := invalid.get(entry)) is not None
            }


class FirstRows:
    """The first invalid rows of files: files that are asked about at the same moment share a query."""

    def __init__(self, database: Database, rows: RowFilter) -> None:
        self.rows: Final = rows
        self._found: DataLoader[tuple[str, int], Rows] = DataLoader(
            lambda files: first_invalid_rows(database, files, rows, limit=_ROWS), most=_TOGETHER
        )

    async def of(self, file: FileRecord) -> Rows:
        """Those of a file, at most `_ROWS`."""
        return await self._found.get((file.file_id, file.live_generation)) or []


class ChangedRows:
    """The invalid rows of a file that a filter leaves, with changes of their cells."""

    def __init__(self, database: Database, first: FirstRows, changes: Sequence[Change]) -> None:
        self._database, self._first, self._changes = database, first, changes

    async def read(self, of: FileRecord, taken: Taken) -> AsyncIterator[dict[Entry, Candidate]]:  # noqa: ARG002
        """See `RowSource`."""
        changes = Changes(self._changes, formats_of(of.options, of.dialect))
        rows = await self._first.of(of)
        while True:
            yield await asyncio.to_thread(_changed, rows, of, changes)
            if len(rows) < _ROWS:
                return
            after = of.file_id, rows[-1]["row"], rows[-1]["cell"]
            rows = await invalid_rows_of_files(
                self._database, [of], self._first.rows, after=after, limit=_ROWS
            )


def changed_row(row: Mapping[str, Any], of: FileRecord, changes: Changes) -> Candidate | None:
    """An invalid row with its changes; None if its details are not shown."""
    if of.invalid_kept_through and row["row"] > of.invalid_kept_through:
        return None
    rejected = rejected_row(row, of.dialect)
    cells = changes.apply(rejected.cells)
    return Candidate(row, rejected, EditedRow(0, str(row["row"]), cells, str(row["cell"])))


def _changed(
    rows: Sequence[Mapping[str, Any]], of: FileRecord, changes: Changes
) -> dict[Entry, Candidate]:
    found = {(row["row"], row["cell"]): changed_row(row, of, changes) for row in rows}
    return {entry: candidate for entry, candidate in found.items() if candidate is not None}


def _next(returned: Iterator[EditedRow]) -> list[EditedRow]:
    return list(islice(returned, _ROWS))


def _numbered(some: Sequence[EditedRow], came: set[Entry], taken: Taken) -> dict[Entry, EditedRow]:
    """Rows by their number and cell; those without them, or with repeated ones, are rejected."""
    numbered: dict[Entry, EditedRow] = {}
    for back in some:
        if not (_is_number(back.row, 18) and _is_number(back.cell, 9)):
            taken.refuse(back, "no_number")
        elif (entry := (int(back.row), int(back.cell))) in came:
            taken.refuse(back, "twice")
        else:
            came.add(entry)
            numbered[entry] = back
    return numbered


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= digits
