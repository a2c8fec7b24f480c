"""Speed of the row engine on dirty files, beside clean ones, DuckDB and gzip, in CPU time of one thread."""

from __future__ import annotations

import gc
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.dirty.plans import PLAN_FILES
from bench.dirty.readers import outcomes
from bench.report import Report
from bench.rows import Shape, file_of
from rows.merge import merge_partials
from schemas.read_options import ReadOptions

_TURNS = 5
_HEADER = ("sensor_id", "timestamp", "value")


@dataclass(frozen=True)
class Target:
    """A kind of file, and the share of the clean file's rows per second that it has to reach."""

    shape: Shape
    share: float


_TARGETS = (
    Target(Shape("clean"), 1.0),
    Target(Shape("1 % invalid", spoiled=100), 0.7),
    Target(Shape("every row invalid", spoiled=1), 0.25),
    Target(Shape("semicolon", delimiter=";"), 0.8),
    Target(Shape("quoted", quote='"'), 0.8),
    Target(Shape("CRLF", line_end="\r\n"), 0.8),
)


def read(path: Path, options: ReadOptions | None = None) -> tuple[int, int]:
    """A file from disk to merged results and reports, as one worker does it: (readings and invalid
    rows, invalid rows)."""
    partials = []
    rows = invalid = 0
    for outcome in outcomes(path, options=options):
        partials.append(outcome.partials)
        rows += outcome.row_count + outcome.invalid_count
        invalid += outcome.invalid_count
    merge_partials([p for p in partials if p.num_rows])
    return rows, invalid


def _duckdb(path: Path) -> int:
    """DuckDB on one thread, with the types given and rejects stored: how many it rejected."""
    import duckdb

    columns = "{'sensor_id': 'VARCHAR', 'timestamp': 'TIMESTAMP', 'value': 'DOUBLE'}"
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute(
            "SELECT sensor_id, count(*), min(value), max(value) FROM read_csv(?, header=true, "
            f"auto_detect=false, columns={columns}, store_rejects=true) GROUP BY 1",
            [str(path)],
        ).fetchall()
        row = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
    return int(row[0]) if row else 0


def _seconds(run: Callable[[], object]) -> float:
    """CPU seconds of `run` in this process: everything here is on one thread."""
    began = time.process_time()
    run()
    return time.process_time() - began


def _seconds_of(command: list[str]) -> float:
    """CPU seconds of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(report: Report, megabytes: int = 60) -> None:
    """Measure by turns: in each, every kind of file once."""
    gc.freeze()  # as a worker does: what is loaded is not looked at again
    with tempfile.TemporaryDirectory(prefix="bench-dirty-") as folder:
        paths: dict[str, Path] = {}
        for target in _TARGETS:
            paths[target.shape.name] = Path(folder) / f"{len(paths)}.csv"
            paths[target.shape.name].write_bytes(file_of(target.shape, megabytes, header=_HEADER))
        times: dict[str, list[float]] = {name: [] for name in paths}
        counts = {name: read(path) for name, path in paths.items()}
        for _ in range(_TURNS):
            for name, path in paths.items():
                times[name].append(_seconds(lambda path=path: read(path)))  # type: ignore[misc]
        _print_shapes(report, paths, counts, times)
        dirty = paths["1 % invalid"]
        rejected = _duckdb(dirty)
        pairs = [
            (_seconds(lambda: read(dirty)), _seconds(lambda: _duckdb(dirty))) for _ in range(_TURNS)
        ]
        _print_duckdb(report, counts["1 % invalid"][1], rejected, pairs)
        _plans(report, paths["clean"], Path(folder), megabytes)
        _gzip(report, paths["clean"])


def _print_shapes(
    report: Report,
    paths: dict[str, Path],
    counts: dict[str, tuple[int, int]],
    times: dict[str, list[float]],
) -> None:
    clean = counts["clean"][0]
    table, figures = [], {}
    for target in _TARGETS:
        name = target.shape.name
        rows, invalid = counts[name]
        shares = [
            (rows / mine) / (clean / theirs)
            for mine, theirs in zip(times[name], times["clean"], strict=True)
        ]
        share, seconds = statistics.median(shares), statistics.median(times[name])
        met = report.target(f"dirty speed: {name}: {share:.2f} of clean", share >= target.share)
        size = paths[name].stat().st_size
        table.append(
            [
                *(name, f"{rows / seconds / 1e6:.1f}", f"{size / seconds / 1e6:.0f}"),
                *(f"{invalid:,}", f"{share:.2f}", f">= {target.share}", met),
            ]
        )
        figures[name] = {
            "rows_per_second": round(rows / seconds),
            "of_clean": round(share, 3),
            "target": target.share,
        }
    report.table(
        "From file to results and reports, by CPU time of one thread",
        ["file", "M rows/s", "MB/s", "invalid rows", "of clean", "target", "met"],
        table,
    )
    report.figures["dirty_speed"] = figures


def _plans(report: Report, clean: Path, folder: Path, megabytes: int) -> None:
    """Files that are read by a plan, by turns with the clean file, in readings per CPU second."""
    paths = {}
    for number, file in enumerate(PLAN_FILES):
        paths[file.name] = folder / f"plan-{number}.csv"
        paths[file.name].write_bytes(file.make(megabytes * 30_000))
    counts = {file.name: read(paths[file.name], file.options) for file in PLAN_FILES}
    plain = read(clean)[0]
    times: dict[str, list[float]] = {name: [] for name in paths}
    base: list[float] = []
    for _ in range(_TURNS):
        base.append(_seconds(lambda: read(clean)))
        for file in PLAN_FILES:
            run = lambda file=file: read(paths[file.name], file.options)  # noqa: E731
            times[file.name].append(_seconds(run))
    table, figures = [], {}
    for file in PLAN_FILES:
        rows, invalid = counts[file.name]
        seconds = times[file.name]
        share = statistics.median(
            (rows / mine) / (plain / theirs) for mine, theirs in zip(seconds, base, strict=True)
        )
        met = report.target(f"dirty speed: {file.name}: {share:.2f} of clean", share >= file.share)
        speed = rows / statistics.median(seconds)
        table.append(
            [
                *(file.name, f"{speed / 1e6:.1f}", f"{invalid:,}"),
                *(f"{share:.2f}", f">= {file.share}", met),
            ]
        )
        figures[file.name] = {
            "readings_per_second": round(speed),
            "of_clean": round(share, 3),
            "target": file.share,
        }
    report.table(
        "Files in other shapes, by CPU time of one thread",
        ["file", "M readings/s", "invalid", "of clean", "target", "met"],
        table,
    )
    report.figures["dirty_plans"] = figures


def _print_duckdb(
    report: Report, invalid: int, rejected: int, pairs: list[tuple[float, float]]
) -> None:
    share = statistics.median(theirs / ours for ours, theirs in pairs)
    met = report.target(f"dirty speed: {share:.2f} times DuckDB", share >= 1.0)
    report.say(
        f"1 % invalid against DuckDB with store_rejects, one thread each: {share:.2f} times as fast "
        f"(target >= 1, met: {met}); {invalid:,} rows reported as invalid, {rejected:,} by DuckDB"
    )
    report.figures["dirty_duckdb"] = {
        "times_as_fast": round(share, 3),
        "invalid": invalid,
        "rejected": rejected,
    }


def _gzip(report: Report, path: Path) -> None:
    """The packed file from disk to results against `gzip -dc` of it, by turns, in CPU seconds."""
    subprocess.run(["gzip", "-kf", str(path)], check=True)
    packed = Path(f"{path}.gz")
    pairs = [
        (_seconds(lambda: read(packed)), _seconds_of(["gzip", "-dc", str(packed)]))
        for _ in range(_TURNS)
    ]
    share = statistics.median(theirs / ours for ours, theirs in pairs)
    met = report.target(f"dirty speed: gzip {share:.2f} of gzip -dc", share >= 0.5)
    report.say(f"gzip: {share:.2f} of the speed of gzip -dc alone (target >= 0.5, met: {met})")
    report.figures["dirty_gzip"] = {"of_gzip_dc": round(share, 3)}
