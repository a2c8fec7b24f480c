"""End to end with every valid row stored (READINGS=on): from POST to terminal status, against chDB.

chDB answers the question from the file, and stores the file's rows in a table of the same form: what
the database alone needs for that bounds what the product can reach.

By the terminal status all readings are stored. They are then held, in SQL, against chDB's answer
for the file.
"""

from __future__ import annotations

import csv
import io
import tempfile
import urllib.request
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil

from bench.client import Api, Run
from bench.data import sensor_file
from bench.e2e import REPETITIONS, SENSORS, TARGET_CHDB, differences, peer
from bench.report import Report, Times, ratio
from bench.stack import Running, started

_SQL = """
SELECT sensor_id, count(), min(value), max(value) FROM readings
WHERE file_id = '{file_id}' GROUP BY sensor_id FORMAT CSV
"""
_DOUBLED = "SELECT count() - uniqExact(row) FROM readings WHERE file_id = '{file_id}' FORMAT CSV"


def run(report: Report, rows: int) -> None:
    """Measure and print; product and chDB take turns."""
    path = sensor_file(rows, SENSORS)
    ours: list[Run] = []
    chdb: list[float] = []
    stored: list[float] = []
    spent: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="bench-readings-") as scratch:
        answer = Path(scratch) / "answer.csv"
        with started(Path(scratch) / "stack", {"READINGS": "on"}) as stack:
            api = Api(stack.api_url)
            api.run(sensor_file(1000, 10), "warm-up.csv")
            for turn in range(REPETITIONS):
                chdb.append(peer("chdb_query", str(path), str(answer))["seconds"])
                with tempfile.TemporaryDirectory(dir=scratch) as folder:
                    stored.append(peer("chdb_insert", str(path), folder)["seconds"])
                before = _processor_seconds(stack)
                ours.append(api.run(path, f"readings-{turn}.csv"))
                after = _processor_seconds(stack)
                spent.append({name: after[name] - before[name] for name in after})
                report.say(
                    f"  turn {turn + 1}: product {ours[-1].terminal:.2f} s, chDB {chdb[-1]:.2f} s, "
                    f"chDB storing all rows {stored[-1]:.2f} s"
                )
            wrong = differences(ours[-1], _readings(stack, ours[-1].file_id), answer, rows)
            doubled = _query(stack, _DOUBLED.format(file_id=ours[-1].file_id)).strip()
            api.close()
    if doubled != "0":
        wrong.append(f"{doubled} readings are there twice")
    product, query = Times(tuple(run.terminal for run in ours)), Times(tuple(chdb))
    insert = Times(tuple(stored))
    share = ratio(query, product)
    met = report.target(f"readings: {share:.2f} of chDB", share >= TARGET_CHDB)
    report.table(
        f"With READINGS=on, POST to terminal status: {rows:,} rows, {SENSORS:,} sensors, "
        f"{len(ours)} turns",
        ["", "min s", "median s", "M rows/s", "product's speed", "target", "met"],
        [
            [
                *("product, every row stored", f"{product.minimum:.2f}", f"{product.median:.2f}"),
                *(f"{rows / product.median / 1e6:.3f}", "", "", ""),
            ],
            [
                *("chDB, same file, query only", f"{query.minimum:.2f}", f"{query.median:.2f}"),
                *(f"{rows / query.median / 1e6:.3f}", f"{share:.2f} of it"),
                *(f">= {TARGET_CHDB}", met),
            ],
            [
                *("chDB alone, every row stored", f"{insert.minimum:.2f}", f"{insert.median:.2f}"),
                *(f"{rows / insert.median / 1e6:.3f}", f"{ratio(insert, product):.2f} of it"),
                *("", ""),
            ],
        ],
    )
    report.table(
        "Where the time goes (processor seconds, mean of the turns)",
        ["part", "s"],
        [[name, f"{sum(s[name] for s in spent) / len(spent):.2f}"] for name in spent[0]],
    )
    report.say(
        f"readings against chDB's answer: {'equal in every sensor' if not wrong else wrong[:5]}"
    )
    report.target(f"readings: equal to chDB's ({wrong[:5]})", not wrong)
    report.figures["readings"] = {
        "rows": rows,
        "sensors": SENSORS,
        "product": product.figures(),
        "chdb": query.figures(),
        "chdb_insert": insert.figures(),
        "share_of_chdb": round(share, 3),
        "processor_seconds": spent,
    }


def _processor_seconds(stack: Running) -> dict[str, float]:
    found = {}
    for name, pid in stack.pids().items():
        times = psutil.Process(pid).cpu_times()
        found[name] = times.user + times.system
    return found


def _readings(stack: Running, file_id: str) -> dict[str, tuple[int, float, float]]:
    """Aggregates of the readings of a file per sensor: count, minimum, maximum."""
    answer = _query(stack, _SQL.format(file_id=file_id))
    return {
        name: (int(count), float(low), float(high))
        for name, count, low, high in csv.reader(io.StringIO(answer))
    }


def _query(stack: Running, sql: str) -> str:
    address = urlsplit(stack.stack.endpoints["CLICKHOUSE_URL"])
    database = quote(address.path.strip("/"))
    url = f"http://{address.hostname}:{address.port}/?database={database}"
    user = {"X-ClickHouse-User": address.username or "", "X-ClickHouse-Key": address.password or ""}
    request = urllib.request.Request(url, data=sql.encode(), headers=user)
    with urllib.request.urlopen(request, timeout=300) as response:
        text: str = response.read().decode()
    return text
