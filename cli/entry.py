"""Runs the commands, and turns any exception into a message and an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cli.exit_codes import OTHER, CommandError
from cli.terminal import complain, note


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command with `arguments` (default: those of the process) and return its exit code.

    0 processed, 3 partial, 4 failed, 2 wrong usage, 1 anything else. Never raises.
    """
    from cli.main import app

    try:
        app(args=None if arguments is None else list(arguments), prog_name="csv-processor")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else OTHER if end.code else 0
    except CommandError as error:
        complain(error.what, error.do)
        return error.code
    except KeyboardInterrupt:
        note("stopped")
        return OTHER
    except BrokenPipeError:
        # The reader closed the pipe; Python must not flush into it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OTHER
    except Exception as error:
        # A bug. People at a terminal are not shown a traceback, developers can ask for it.
        if os.environ.get("CSV_PROCESSOR_DEBUG"):
            raise
        complain(
            f"a fault in csv-processor itself: {type(error).__name__}: {error}",
            "CSV_PROCESSOR_DEBUG=1 shows where",
        )
        return OTHER
    return 0
