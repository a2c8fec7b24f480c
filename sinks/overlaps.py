"""Finds readings with the sensor and the timestamp of readings of earlier files.

Seals of totals say which files changed. For these, for later files at the same times and for files that
overlapped them, what they overlap is found again, as of the last seal. It depends on that seal alone, so
doing it twice changes nothing. See docs/decisions/0025-overlaps.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from schemas.notices import OverlappedFile, overlap_notice
from sinks.clickhouse.client import Database
from sinks.queries.overlaps import (
    MOST_FILES,
    Overlap,
    Span,
    dependents_of,
    earlier_files,
    later_files,
    live_generations,
    overlapping,
    overlaps_between,
    sealed_by,
    sealed_since,
    spans_of,
)

_TASK: Final = "rounds"
# Seals that one round looks at, and files that are looked at together.
_SEALS: Final = 100
_FILES: Final = 200
# Pairs of files whose ranges meet that are read at once.
_PAIRS: Final = 20_000
# Readings of earlier files that one statement reads, about, and that one file is compared with.
_READINGS: Final = 1_000_000
_MOST_READINGS: Final = 50_000_000
# Files are looked at together if their common range is at most so many times the shortest of theirs,
# or so long: it is read for the sensors of all of them.
_WIDER: Final = 2
_SHORT: Final = timedelta(hours=1)


@dataclass(slots=True)
class Comparison:
    """Files whose readings are compared with those of earlier files in one go.

    `readings` is about how many of the earlier files are read; `shortest` is the shortest range of time
    of a file; `cut` has those that overlap more earlier files than they are compared with.
    """

    files: list[Span]
    others: dict[str, Span]
    begin: datetime
    end: datetime
    readings: float
    shortest: timedelta
    cut: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, file: Span, earlier: Sequence[Span]) -> Comparison:
        """Of one file with earlier ones, the latest ones first; all of them if that is not too much."""
        others: dict[str, Span] = {}
        readings = 0.0
        for other in earlier[:MOST_FILES]:
            if others and readings + other.readings > _MOST_READINGS:
                break
            others[other.file_id] = other
            readings += other.readings
        begin = min(other.begin for other in others.values())
        end = max(other.end for other in others.values())
        cut = {file.file_id} if len(others) < len(earlier) else set()
        return cls([file], others, begin, end, readings, end - begin, cut)

    def with_(self, more: Comparison) -> Comparison | None:
        """Both together, if that reads little that neither would."""
        begin, end = min(self.begin, more.begin), max(self.end, more.end)
        shortest = min(self.shortest, more.end - more.begin)
        others = self.others | more.others
        if (
            end - begin > max(_WIDER * shortest, _SHORT)
            or self.readings + more.readings > _READINGS
            or len(self.files) + len(more.files) + len(others) > MOST_FILES
        ):
            return None
        files, readings = self.files + more.files, self.readings + more.readings
        return Comparison(files, others, begin, end, readings, shortest, self.cut | more.cut)

    def slices(self) -> Iterator[tuple[datetime, datetime]]:
        """Its range of time in parts that follow each other, ends included, with about `_READINGS`
        readings each."""
        parts = max(1, math.ceil(self.readings / _READINGS))
        length = (self.end - self.begin) / parts + timedelta(microseconds=1)
        begin = self.begin
        while begin <= self.end:
            yield begin, min(begin + length, self.end)
            begin += length + timedelta(microseconds=1)


def together(files: Iterable[Span]) -> list[list[Span]]:
    """Files in groups whose common range of time is not much longer than that of each of them."""
    groups: list[list[Span]] = []
    begin = end = datetime.min
    shortest = timedelta()
    for file in sorted(files, key=lambda span: (span.begin, span.end, span.file_id)):
        shorter = min(shortest, file.end - file.begin)
        if groups and max(end, file.end) - begin <= max(_WIDER * shorter, _SHORT):
            groups[-1].append(file)
            end, shortest = max(end, file.end), shorter
        else:
            groups.append([file])
            begin, end, shortest = file.begin, file.end, file.end - file.begin
    return groups


def row_of(
    file: Span, found: Sequence[Overlap], others: dict[str, Span], seal: int, *, cut: bool
) -> dict[str, Any]:
    """What is stored of a file that overlaps earlier ones.

    Args:
        found: one or more; several may be with the same file.
        others: the earlier files, by file_id.
        cut: whether more of them overlap than were compared.
    """
    readings: dict[str, int] = {}
    for overlap in found:
        readings[overlap.other] = readings.get(overlap.other, 0) + overlap.readings
    notice = overlap_notice(
        [OverlappedFile(o, others[o].filename, count) for o, count in readings.items()],
        min(overlap.first_row for overlap in found),
        lower_bound=cut,
    )
    return {
        "file_id": file.file_id,
        "generation": file.generation,
        "seal": seal,
        "readings": sum(readings.values()),
        "others": sorted(readings),
        "notice": notice.model_dump_json(),
    }


class Overlaps:
    """Finds and stores what files overlap."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(self) -> bool:
        """Whether totals contain more than at the last look.

        Raises:
            Unavailable: the database is unavailable.
        """
        (row,) = await self._database.query(
            "SELECT (SELECT max(number) FROM seals)"
            " > (SELECT max(seal) FROM overlap_rounds WHERE task = {task:String}) AS due",
            {"task": _TASK},
        )
        return bool(row["due"])

    async def look(self) -> int:
        """Look at the files that changed since the last call of any process; how many.

        Raises:
            Unavailable: the database is unavailable; the next call does the rest.
        """
        (row,) = await self._database.query(
            "SELECT max(seal) AS seal FROM overlap_rounds WHERE task = {task:String}",
            {"task": _TASK},
        )
        looked_at = 0
        seals, last = await sealed_since(self._database, row["seal"], _SEALS)
        for seal in seals:
            changed = await sealed_by(self._database, seal)
            for n in range(0, len(changed), _FILES):
                await self._changed(changed[n : n + _FILES], last)
            await self._database.insert("overlap_rounds", [{"task": _TASK, "seal": seal}])
            looked_at += len(changed)
        return looked_at

    async def _changed(self, file_ids: Sequence[str], seal: int) -> None:
        spans = await self.find(file_ids, seal)
        concerned = set(await dependents_of(self._database, file_ids))
        for group in together(spans):
            concerned.update(await later_files(self._database, group, seal))
        again = sorted(concerned - set(file_ids))
        for n in range(0, len(again), _FILES):
            await self.find(again[n : n + _FILES], seal)

    async def find(self, file_ids: Sequence[str], seal: int) -> list[Span]:
        """Find and store what files overlap as of a seal; those that have readings."""
        live = await live_generations(self._database, file_ids, seal)
        spans = await spans_of(self._database, live)
        rows: list[dict[str, Any]] = []
        for group in together(spans):
            for comparison in await self._comparisons(group, seal):
                rows += await self._compare(comparison, seal)
        found = {row["file_id"] for row in rows}
        rows += [
            {"file_id": i, "generation": 0, "seal": seal, "readings": 0, "others": [], "notice": ""}
            for i in await overlapping(self._database, set(file_ids) - found)
        ]
        if rows:
            await self._database.insert("overlap_rows", rows)
        return spans

    async def _comparisons(self, files: Sequence[Span], seal: int) -> list[Comparison]:
        most = _PAIRS if len(files) > 1 else MOST_FILES + 1
        earlier = await earlier_files(self._database, files, seal, most)
        if earlier is None:
            half = len(files) // 2
            return [
                *await self._comparisons(files[:half], seal),
                *await self._comparisons(files[half:], seal),
            ]
        single = [Comparison.of(f, earlier[f.file_id]) for f in files if f.file_id in earlier]
        return merged(single)

    async def _compare(self, comparison: Comparison, seal: int) -> list[dict[str, Any]]:
        found: dict[str, list[Overlap]] = {}
        others = list(comparison.others.values())
        for begin, end in comparison.slices():
            for overlap in await overlaps_between(
                self._database, comparison.files, others, begin, end
            ):
                found.setdefault(overlap.file_id, []).append(overlap)
        known = comparison.others | {file.file_id: file for file in comparison.files}
        return [
            row_of(file, overlaps, known, seal, cut=file.file_id in comparison.cut)
            for file in comparison.files
            if (overlaps := found.get(file.file_id))
        ]


def merged(comparisons: Iterable[Comparison]) -> list[Comparison]:
    """Comparisons of neighbouring ranges of time together."""
    done: list[Comparison] = []
    for one in sorted(comparisons, key=lambda c: (c.begin, c.end)):
        both = done[-1].with_(one) if done else None
        if both is None:
            done.append(one)
        else:
            done[-1] = both
    return done
