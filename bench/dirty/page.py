"""The table of a run as a page of the documentation: `python -m bench.dirty --page` writes docs/dirty.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "dirty.md"
_INTRODUCTION = """\
# Polluted files

What `make bench-dirty` found, in one run; `make bench-dirty ARGS=--page` updates this page.

Every file is a sensor file that was polluted in the way its name says. The kinds `file_…` and `row_…` \
are those of the Pollock benchmark (Vitagliano et al., PVLDB 16(8), 2023), the others what gateways and \
spreadsheets make; `bench/dirty/cases.py` makes them. Every reader is set to be as tolerant as it can \
be (`bench/dirty/readers.py`), and has no options about the file. The score is the F1 of the readings \
it recovers: 1 is all of them, and nothing else; 0 is none, or that it gave up.
"""


def page(figures: Mapping[str, Any]) -> str:
    """The page, from the figures of a run as `bench.report` keeps them."""
    dirty, machine = figures["dirty"], figures["machine"]
    readers = list(dirty["mean"])
    scores = [
        [f"`{name}`", *(shown(of[reader]) for reader in readers)]
        for name, of in dirty["scores"].items()
    ]
    means = [
        ["mean", *(f"{dirty['mean'][reader]:.3f}" for reader in readers)],
        ["read without a fault", *(str(dirty["without_fault"][reader]) for reader in readers)],
    ]
    peers = ", ".join(
        f"{name} {version(name)}" for name in ("duckdb", "pandas", "polars", "pyarrow")
    )
    speed = [
        [name, f"{of['rows_per_second'] / 1e6:.1f}", f"{of['of_clean']:.2f}", f"{of['target']:g}"]
        for name, of in figures["dirty_speed"].items()
    ]
    plans = [
        [
            name,
            f"{of['readings_per_second'] / 1e6:.1f}",
            f"{of['of_clean']:.2f}",
            f"{of['target']:g}",
        ]
        for name, of in figures["dirty_plans"].items()
    ]
    duckdb, gzip = figures["dirty_duckdb"], figures["dirty_gzip"]
    return "\n".join(
        [
            _INTRODUCTION,
            f"## All {len(scores)} files\n",
            *_table(["", *readers], means),
            f"\n{peers}; Python {machine['python']}.\n",
            "## One by one\n",
            *_table(["file", *readers], scores),
            "\n## Speed\n",
            "From a file to merged results and the report of invalid rows, in CPU time of one thread; "
            f"the median of several turns, on {machine['processor']}.\n",
            *_table(["file", "million rows/s", "of clean", "at least"], speed),
            f"\nWith 1 % invalid rows it is {duckdb['times_as_fast']:.1f} times as fast as DuckDB with "
            f"`store_rejects`, one thread each ({duckdb['invalid']:,} rows reported as invalid, "
            f"{duckdb['rejected']:,} by DuckDB). A file in gzip is read at {gzip['of_gzip_dc']:.2f} of "
            "the speed of `gzip -dc` alone.\n",
            "## Files in other shapes\n",
            "Renamed columns, a date and a time of day in two columns, times of a zone, a format of "
            "strptime and 50 value columns, measured in the same way, what it takes to find out how "
            "the file is read included.\n",
            *_table(["file", "million readings/s", "of clean", "at least"], plans),
            "",
        ]
    )


def shown(score: float) -> str:
    """A score as tables show it."""
    return "1" if score == 1.0 else f"{score:.3f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    rule = ["---", *("--:" for _ in head[1:])]
    return [f"| {' | '.join(cells)} |" for cells in (head, rule, *rows)]
