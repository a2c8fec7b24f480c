"""Peer: chDB storing every row of the same file in a table as the product's readings are stored in.

`python -m bench.peers.chdb_insert PATH FOLDER`. Prints `{"seconds", "processor_seconds"}` of the one
INSERT … SELECT in a fresh process: without a broker, an object store, validation or a second copy. It is
what the database alone needs for a table of that form.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Final

from chdb import session

import schemas

_MIGRATION: Final = Path(schemas.__file__).parent / "sql" / "0024_readings_by_sensor.sql"
_INSERT: Final = """
INSERT INTO readings_by_sensor
SELECT sensor_id, timestamp, 'file', 1, rowNumberInAllBlocks(), 0, value, 1
FROM file('{path}', CSVWithNames, 'sensor_id String, timestamp DateTime64(6), value Float64')
SETTINGS date_time_input_format = 'best_effort', max_insert_threads = 2, optimize_on_insert = 0
"""


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    path, folder = Path(sys.argv[1]).resolve(), sys.argv[2]
    database = session.Session(folder)
    table, _, _ = _MIGRATION.read_text().partition(";")
    for statement in ("CREATE DATABASE bench", "USE bench", table):
        database.query(statement)
    started, before = time.perf_counter(), _processor_seconds()
    database.query(_INSERT.format(path=path))
    seconds, spent = time.perf_counter() - started, _processor_seconds() - before
    print(json.dumps({"seconds": seconds, "processor_seconds": spent}))


if __name__ == "__main__":
    main()
