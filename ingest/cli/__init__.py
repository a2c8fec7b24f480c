"""The command line, `csv-processor`. Imports what a command needs only when it runs."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command with `arguments` (the process' own unless told); its exit code.

    0 processed, 3 partial, 4 failed, 2 wrong use, 1 anything else.
    """
    from ingest.cli.entry import run

    return run(arguments)
