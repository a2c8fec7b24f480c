"""`python -m bench.dirty`: recovery and speed on polluted files, beside other readers."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from bench import machine
from bench.dirty import page, recovery, speed
from bench.report import Report

FIGURES = Path("build") / "bench-dirty.json"


def main() -> int:
    """Run both; 0 when every target was met."""
    parser = argparse.ArgumentParser(prog="python -m bench.dirty", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=60, help="size of the files for speed")
    parser.add_argument("--only", choices=("recovery", "speed"), help="one of the two")
    parser.add_argument("--page", action="store_true", help="write docs/dirty.md from this run")
    arguments = parser.parse_args()
    if arguments.page and arguments.only:
        parser.error("the page has both")
    report = Report(Console(width=None if sys.stdout.isatty() else 140))
    report.figures["machine"] = machine.describe()
    if arguments.only != "speed":
        recovery.run(report)
    if arguments.only != "recovery":
        speed.run(report, arguments.megabytes)
    report.write(FIGURES)
    if arguments.page:
        page.PAGE.write_text(page.page(report.figures))
    for what in report.missed:
        report.say(f"missed: {what}")
    return 1 if report.missed else 0


if __name__ == "__main__":
    sys.exit(main())
