"""Peer: chDB asked the same question of the same file. `python -m bench.peers.chdb_query PATH [OUT]`.

Prints `{"seconds", "version"}`: the time of the query alone, in a fresh process. With OUT the
answer is written there as CSV, for comparing results.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import chdb


def main() -> None:
    path = Path(sys.argv[1]).resolve()
    connection = chdb.connect(":memory:")
    connection.query("SELECT 1", "CSV")
    started = time.perf_counter()
    answer = connection.query(
        "SELECT sensor_id, count(), min(value), max(value) "
        f"FROM file('{path}', 'CSVWithNames') GROUP BY sensor_id",
        "CSV",
    )
    seconds = time.perf_counter() - started
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_bytes(answer.bytes())
    print(json.dumps({"seconds": seconds, "version": chdb.chdb_version}))


if __name__ == "__main__":
    main()
