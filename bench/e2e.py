"""End to end: from POST to terminal status, against what else could answer the question."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.client import Api, Run
from bench.data import sensor_file
from bench.report import Report, Times, ratio
from bench.stack import started

REPETITIONS = 3
SENSORS = 1000
CSV_ROWS = 1_000_000
FAUST_ROWS = 20_000
# Share of chDB's speed, and multiples of the speed of the other two.
TARGET_CHDB, GOAL_CHDB, TARGET_CSV, TARGET_FAUST = 0.25, 0.5, 10.0, 50.0

Say = Callable[[str], None]


def run(report: Report, rows: int) -> None:
    """Measure and print; repetitions of the product and its peers take turns."""
    path = sensor_file(rows, SENSORS)
    size = path.stat().st_size
    csv_rows = min(CSV_ROWS, rows)
    ours: list[Run] = []
    chdb: list[float] = []
    plain: list[float] = []
    wrong = ["not compared"]
    with tempfile.TemporaryDirectory(prefix="bench-e2e-") as scratch:
        answer = Path(scratch) / "answer.csv"
        with started(Path(scratch) / "stack") as stack:
            api = Api(stack.api_url)
            api.run(sensor_file(1000, 10), "warm-up.csv")
            for turn in range(REPETITIONS):
                chdb.append(peer("chdb_query", str(path), str(answer))["seconds"])
                ours.append(api.run(path, f"e2e-{turn}.csv"))
                worker = peer("csv_worker", str(path), str(csv_rows))
                plain.append(worker["seconds"] / worker["rows"] * rows)
                report.say(
                    f"  turn {turn + 1}: product {ours[-1].terminal:.2f} s "
                    f"(uploaded {ours[-1].uploaded:.2f}, first batch {ours[-1].first_batch:.2f}, "
                    f"split {ours[-1].all_split:.2f}), chDB {chdb[-1]:.2f} s, "
                    f"csv worker {plain[-1]:.1f} s"
                )
            wrong = differences(ours[-1], api.sensors(ours[-1].file_id), answer, rows)
            api.close()
            faust = peer(
                "faust_rows",
                *(str(path), str(min(FAUST_ROWS, rows)), str(Path(scratch) / "faust")),
                KAFKA=stack.kafka,
            )
    row_by_row = Times((faust["seconds"] / faust["rows"] * rows,))
    _print(report, rows, size, ours, Times(tuple(chdb)), Times(tuple(plain)), row_by_row)
    report.say(
        f"results against chDB's answer: {'equal in every sensor' if not wrong else wrong[:5]}"
    )
    report.target(f"e2e: results equal chDB's ({wrong[:5]})", not wrong)


def differences(
    run: Run, found: dict[str, tuple[int, float, float]], answer: Path, rows: int
) -> list[str]:
    """Differences between the product's results and chDB's; empty if none."""
    with answer.open(newline="") as file:
        expected = {
            name: (int(count), float(low), float(high))
            for name, count, low, high in csv.reader(file)
        }
    wrong = [
        f"{name}: {found.get(name)} is not {expected.get(name)}"
        for name in sorted(expected.keys() | found.keys())
        if found.get(name) != expected.get(name)
    ]
    document = run.document
    if document["status"] != "processed":
        wrong.append(f"status {document['status']}: {document.get('error')}")
    elif document["aggregations"]["row_count"] != rows:
        wrong.append(f"row_count {document['aggregations']['row_count']} is not {rows}")
    return wrong


def peer(name: str, *arguments: str, **env: str) -> dict[str, float]:
    """What the peer prints: one line of JSON at the end of its output."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.peers.{name}", *arguments],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"peer {name} ended with {done.returncode}: {done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _print(
    report: Report, rows: int, size: int, ours: list[Run], chdb: Times, plain: Times, faust: Times
) -> None:
    product = Times(tuple(run.terminal for run in ours))

    def row(name: str, times: Times, times_of_product: str, target: str, met: str) -> list[str]:
        return [
            *(name, f"{times.minimum:.2f}", f"{times.median:.2f}"),
            *(f"{rows / times.median / 1e6:.3f}", times_of_product, target, met),
        ]

    to_chdb, to_plain, to_faust = (ratio(peer, product) for peer in (chdb, plain, faust))
    met = [
        report.target(f"e2e: {to_chdb:.2f} of chDB", to_chdb >= TARGET_CHDB),
        report.target(f"e2e: {to_plain:.1f} times the csv worker", to_plain >= TARGET_CSV),
        report.target(f"e2e: {to_faust:.0f} times row by row", to_faust >= TARGET_FAUST),
    ]
    report.table(
        f"End to end, POST to terminal status: {rows:,} rows, {SENSORS:,} sensors, "
        f"{size / 1e6:.0f} MB, {len(ours)} turns",
        ["", "min s", "median s", "M rows/s", "product's speed", "target", "met"],
        [
            row("product", product, "", "", ""),
            row(
                "chDB, same file, query only",
                *(chdb, f"{to_chdb:.2f} of it", f">= {TARGET_CHDB} (goal {GOAL_CHDB})", met[0]),
            ),
            row(
                f"csv module, one process (scaled from {min(CSV_ROWS, rows):,} rows)",
                *(plain, f"{to_plain:.1f} times", f">= {TARGET_CSV:.0f}", met[1]),
            ),
            row(
                f"Faust row by row (scaled from {min(FAUST_ROWS, rows):,} rows)",
                *(faust, f"{to_faust:.0f} times", f">= {TARGET_FAUST:.0f}", met[2]),
            ),
        ],
    )
    typical = sorted(ours, key=lambda run: run.terminal)[len(ours) // 2]
    moments = [
        ("first batch aggregated", typical.first_batch),
        ("upload answered (202)", typical.uploaded),
        ("split complete", typical.all_split),
        ("last batch aggregated", typical.all_batches),
        ("terminal status seen", typical.terminal),
    ]
    report.table(
        "Where the time goes (median turn; moments from the start of the POST)",
        ["moment", "s"],
        [[name, f"{at:.2f}"] for name, at in sorted(moments, key=lambda pair: pair[1])],
    )
    report.figures["e2e"] = {
        "rows": rows,
        "sensors": SENSORS,
        "bytes": size,
        "product": product.figures(),
        "chdb": chdb.figures(),
        "csv_worker": {**plain.figures(), "measured_rows": min(CSV_ROWS, rows)},
        "faust_row_by_row": {**faust.figures(), "measured_rows": min(FAUST_ROWS, rows)},
        "share_of_chdb": round(to_chdb, 3),
        "times_csv_worker": round(to_plain, 1),
        "times_faust": round(to_faust, 1),
        "moments": {name: round(at, 3) for name, at in moments},
    }
