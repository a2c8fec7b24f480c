"""What a cache that processes share has of one database is not given to readers of another, or of one
that was begun with again, though files and seals have the same numbers there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ingest.cache import results
from ingest.cache.results import Results
from ingest.cache.store import Cache
from schemas.file_record import FileRecord
from sinks.queries.live_totals import LiveTotals
from tests.harness.stored_files import START, done, new_file, sensor


class Sealed:
    """A database with a seal, after which nothing has changed."""

    def __init__(self, log_from: datetime) -> None:
        self._log_from = log_from

    async def query(self, sql: str, _: object = None) -> list[dict[str, Any]]:
        if "last_seal.2 AS log_from" in sql:
            return [{"seal": 7, "log_from": self._log_from}]
        return []


async def test_equal_seals_of_two_databases_have_two_names() -> None:
    names = set()
    for log_from in (START, START, START + timedelta(microseconds=1)):
        database: Any = Sealed(log_from)
        names.add(await LiveTotals(database).name())
    assert len(names) == 2


async def test_results_of_a_file_are_read_again_if_it_ended_at_another_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[FileRecord] = []

    async def counts(_: object, record: FileRecord, __: int) -> dict[str, int]:
        read.append(record)
        return {"a": len(read)}

    monkeypatch.setattr(results, "per_sensor_count", counts)
    nowhere: Any = None
    kept = Results(nowhere, Cache(1 << 20))
    first = done(new_file("f-1"), [sensor("a", [1.0])])
    other = replace(first, finished_at=START + timedelta(days=1))
    answers = [await kept.per_sensor_count(record) for record in (first, other, first)]
    assert answers == [b'{"a":1}', b'{"a":2}', b'{"a":1}']
    assert read == [first, other]
