"""A process with the row engine loaded, which forks for each run: `python -m dryrun.fork_server FD`.

To load the engine takes a second, a fork some milliseconds. `FD` is a Unix socket. Each byte on it is
a run, the index of its program in `PROGRAMS`, with three sockets: standard input, standard output, and
its state, which is its process id, at its end its exit code, each on a line. The server ends when `FD`
is closed.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Final

from dryrun import comparison, export, run
from dryrun.request import DryRunRequest
from runtime.out_of_memory import end_first

PROGRAMS: Final[dict[str, Callable[[], None]]] = {
    "run": run.main,
    "export": export.main,
    "comparison": comparison.main,
}
# Kernels are loaded at their first call; a fork would load them for itself alone.
_FIRST_FILE: Final = b"sensor_id,timestamp,value\na,2026-03-01T00:00:00Z,1\na,,\n"


def serve(control: socket.socket) -> None:
    """Fork for each run that is asked for, until `control` is closed."""
    programs = list(PROGRAMS.values())
    while True:
        asked, handles, _, _ = socket.recv_fds(control, 1, 3)
        if not asked:
            return
        if os.fork() == 0:
            control.close()
            _run(programs[asked[0]], *handles)
        for one in handles:
            os.close(one)


def _run(program: Callable[[], None], stdin: int, stdout: int, state: int) -> None:
    """Be the process of a run, and end."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # And not the API.
        end_first()
        os.write(state, b"%d\n" % os.getpid())
        for one, standard in ((stdin, 0), (stdout, 1)):
            os.dup2(one, standard)
            os.close(one)
        program()
        sys.stdout.flush()
        code = 0
    except Exception:  # noqa: BLE001 - a fork ends here, with its traceback and a code
        traceback.print_exc()
    finally:
        # The end of the output comes before the code.
        os.close(0)
        os.close(1)
        os.write(state, b"%d\n" % code)
        os._exit(code)


def main() -> None:
    """Load the engine, then serve."""
    # Ended runs are no zombies: their codes come through their sockets.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # An interrupt from the terminal reaches the API, which closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(sys.argv[1]))
    run.dry_run([_FIRST_FILE], DryRunRequest(filename="first.csv", preview=1))
    gc.collect()
    # What is loaded stays shared: a collection in a fork does not write to it.
    gc.freeze()
    serve(control)


if __name__ == "__main__":
    main()
