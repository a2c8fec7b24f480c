"""`python -m bench [e2e] [memory] [small] [corrections] [api] [page] [readings] [scale]`: default: all.

`hours`, `requests` and `sustained` run only if they are named. `--quick` measures processor time alone, within some
minutes, and fails if a figure has grown by more than a quarter over the committed one.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from rich.console import Console

from bench import (
    api,
    corrections,
    e2e,
    hours,
    machine,
    memory,
    page,
    quick,
    readings,
    requests,
    scale,
    small,
    sustained,
)
from bench.report import Report

FIGURES = Path("build") / "bench.json"
DOCUMENT = Path("docs") / "performance.md"
BENCHES = ("e2e", "memory", "small", "corrections", "api", "page", "readings", "scale")
LONG = ("hours", "requests", "sustained")


def main() -> int:
    """Run the benches; 0 when every target was met."""
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure the embedded stack against its peers on this machine, in one run.",
    )
    parser.add_argument(
        "benches", nargs="*", metavar="BENCH", help=f"of {', '.join(BENCHES + LONG)}"
    )
    parser.add_argument(
        *("--rows", "-n"),
        type=int,
        default=10_000_000,
        help="rows of the largest file (targets hold for 10,000,000)",
    )
    parser.add_argument(
        "--files", type=int, default=100_000, help="files of `hours` and `requests`"
    )
    parser.add_argument("--rate", type=float, default=200.0, help="files a second of `sustained`")
    parser.add_argument("--seconds", type=float, default=600.0, help="duration of `sustained`")
    parser.add_argument(
        "--document",
        type=Path,
        metavar="PATH",
        help=f"write what is printed there too, as Markdown; without BENCH: {DOCUMENT}",
    )
    parser.add_argument(
        "--quick", action="store_true", help="only compare processor time with what is committed"
    )
    parser.add_argument(
        "--record", action="store_true", help="with --quick: write what is to be committed"
    )
    options = parser.parse_args()
    # On SIGTERM it stops its stack before it exits.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    unknown = set(options.benches) - {*BENCHES, *LONG}
    if unknown:
        parser.error(f"no such bench: {', '.join(sorted(unknown))}")
    chosen = [] if options.quick else options.benches or list(BENCHES)
    report = Report(Console(width=None if sys.stdout.isatty() else 140))
    about = machine.describe()
    report.figures["machine"] = about
    report.say(
        f"{about['cores']} cores, {about['memory_gb']} GB, {about['processor']}, "
        f"{about['system']}, Python {about['python']}"
    )
    versions = about["versions"]
    assert isinstance(versions, dict)
    report.say(", ".join(f"{name} {version}" for name, version in versions.items()))
    if "e2e" in chosen:
        e2e.run(report, options.rows)
    if "memory" in chosen:
        memory.run(report, options.rows)
    if "small" in chosen:
        small.run(report)
    if "corrections" in chosen:
        corrections.run(report)
    if "api" in chosen:
        api.run(report)
    if "page" in chosen:
        page.run(report)
    if "readings" in chosen:
        readings.run(report, options.rows)
    if "scale" in chosen:
        scale.run(report, options.rows)
    if "hours" in chosen:
        hours.run(report, options.files)
    if "requests" in chosen:
        requests.run(report, options.files)
    if "sustained" in chosen:
        sustained.run(report, options.rate, options.seconds)
    if options.quick:
        quick.run(report, record=options.record)
    for what in report.missed:
        report.say(f"missed: {what}")
    report.write(FIGURES)
    document = options.document
    if document is None and chosen == list(BENCHES):
        document = DOCUMENT
    if document is not None:
        report.document(document, "make bench")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
