"""Runs `csv-processor` as a person does: a process of its own, no terminal, nothing inherited."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Nothing of the person who runs the tests: no context, no folder that was watched.
_OWN = Path(tempfile.gettempdir()) / f"csv-processor-tests-{os.getuid()}"


@dataclass(frozen=True, slots=True)
class Done:
    """A command that has ended."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def out(self) -> str:
        return self.stdout.decode()

    @property
    def answer(self) -> Any:
        """stdout as JSON."""
        return json.loads(self.stdout)

    @property
    def answers(self) -> list[Any]:
        """stdout as one JSON value a line."""
        return [json.loads(line) for line in self.stdout.splitlines()]


@dataclass(frozen=True, slots=True)
class Command:
    """`csv-processor` with the API at `api`."""

    api: str

    def __call__(
        self,
        *arguments: str | Path,
        stdin: bytes = b"",
        cwd: Path = ROOT,
        env: Mapping[str, str] | None = None,
    ) -> Done:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        done = subprocess.run(
            [sys.executable, "-m", "cli", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=cwd,
            env={
                **kept,
                "PYTHONPATH": str(ROOT),
                "CSV_PROCESSOR_API": self.api,
                "XDG_CONFIG_HOME": str(_OWN / "config"),
                "XDG_STATE_HOME": str(_OWN / "state"),
                **(env or {}),
            },
            timeout=300,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())
