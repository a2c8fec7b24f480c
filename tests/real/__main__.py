"""`python -m tests.real [run] [pytest's arguments]`, `… env`, `… exec COMMAND`.

`run` runs the end-to-end, fault and contract tests on Apache Kafka and MinIO; with `--quick` the
part of them that CI runs; with `--seaweedfs` on SeaweedFS in place of MinIO. `env` prints the variables that make any stack run on them; `exec` runs a
command with them, such as `python -m tests.real exec python -m tests.e2e.soak --kills 30`.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import Final

from tests.real.build import MissingTool, environment

# Tests that take a stack and say nothing of which programs are in it.
_ALL: Final = [
    *("tests/real", "tests/e2e", "tests/contract/test_storage.py"),
    # These ask a browser, or no service at all.
    *("--ignore=tests/e2e/ui", "--ignore=tests/e2e/test_oracle.py"),
    "--ignore=tests/e2e/test_row_engine.py",
]
_QUICK: Final = [
    *("tests/real", "tests/e2e/test_announced.py", "tests/e2e/test_inbox.py"),
    "tests/contract/test_storage.py",
]


def main(arguments: list[str]) -> int:
    """Do what the command line says; the exit code."""
    action = arguments.pop(0) if arguments[:1] in (["run"], ["env"], ["exec"]) else "run"
    store = "seaweedfs" if "--seaweedfs" in arguments[:1] else "minio"
    arguments = arguments[1:] if store == "seaweedfs" else arguments
    try:
        real = environment(store)
    except MissingTool as exc:
        print(exc, file=sys.stderr)
        return 2
    except subprocess.CalledProcessError as exc:
        return exc.returncode or 1
    if action == "env":
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in real.items()))
        return 0
    if action == "run":
        chosen = _ALL
        if "--quick" in arguments:
            arguments.remove("--quick")
            chosen = _QUICK
        if any(not argument.startswith("-") and "tests" in argument for argument in arguments):
            chosen = []
        arguments = [sys.executable, "-m", "pytest", *chosen, *arguments]
    return subprocess.call(arguments, env={**os.environ, **real})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
