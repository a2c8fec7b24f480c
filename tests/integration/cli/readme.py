"""Keeps the README true: runs its commands on a real stack and compares what they print.

A fenced block marked `console` is a session: lines that begin with `$ ` are run by bash in the
checkout, the lines after each are what it prints to stdout. A line `…` stands for lines left out.
What differs from run to run (ids, times, ports, durations) is compared by its form only.

`make readme` (this module as a program) writes what the commands print now into the README.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
README = ROOT / "README.md"
LEFT_OUT = "…"
# Done, or of a file that is partly valid.
_EXPECTED_CODES = (0, 3)

_SESSION = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b")
_API, _DATA_DIR = "127.0.0.1:8000", ".data"
_VOLATILE = (
    (_ID, "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z?(?:\+00:00)?"), "TIME"),
    # With `UTC`, or between the columns of a table.
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?: UTC|(?=  ))"), "TIME"),
    (re.compile(r"127\.0\.0\.1:\d+"), "ADDRESS"),
    (re.compile(r"(?<=//reader:)[\w-]+(?=@)"), "PASSWORD"),
    (re.compile(r"\b\d+(?:\.\d+)? m?s\b"), "DURATION"),
    (re.compile(r'"processing_ms": ?\d+(\.\d+)?'), '"processing_ms":N'),
    (re.compile(r"[─━]+"), "─"),
    (re.compile(r"[ \t]+"), " "),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command of a session, and what the README says it prints."""

    command: str
    printed: list[str]


def sessions(text: str) -> list[list[Step]]:
    """The sessions in the Markdown `text`."""
    return [_steps(match.group(1)) for match in _SESSION.finditer(text)]


def _steps(body: str) -> list[Step]:
    steps: list[Step] = []
    lines = iter(body.splitlines())
    for line in lines:
        if line.startswith("$ "):
            command = line[2:]
            while command.endswith("\\"):
                command += "\n" + next(lines)
            steps.append(Step(command, []))
        else:
            steps[-1].printed.append(line)
    return steps


@dataclass(slots=True)
class Shell:
    """Runs the README's commands on a stack of its own, whose addresses replace the README's."""

    environment: dict[str, str]
    api: str = _API
    ids: dict[str, str] = field(default_factory=dict)  # the README's to this run's

    def run(self, step: Step) -> list[str]:
        """The lines that `step` prints here."""
        data_dir = self.environment["DATA_DIR"]
        command = step.command.replace(_API, self.api).replace(_DATA_DIR, data_dir)
        for written, real in self.ids.items():
            command = command.replace(written, real)
        command = re.sub(r"^make (up|down|demo)\b", r"csv-processor \1", command)
        done = subprocess.run(
            ["bash", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=self.environment,
            timeout=180,
            check=False,
        )
        if done.returncode not in _EXPECTED_CODES:
            raise AssertionError(f"$ {command}\nended with {done.returncode}")
        if command == "csv-processor up":
            self._learn_addresses()
        printed = done.stdout.decode().replace(self.api, _API).replace(data_dir, _DATA_DIR)
        for written, real in zip(_found("\n".join(step.printed)), _found(printed), strict=False):
            self.ids.setdefault(written, real)
        return [line.rstrip() for line in printed.splitlines()]

    def _learn_addresses(self) -> None:
        listing = Path(self.environment["DATA_DIR"]) / "endpoints.env"
        found = dict(line.split("=", 1) for line in listing.read_text().splitlines() if "=" in line)
        url = found["CSV_PROCESSOR_API"]
        self.api = url.removeprefix("http://")
        self.environment["CSV_PROCESSOR_API"] = url


@contextmanager
def shell() -> Iterator[Shell]:
    """A shell with an empty data folder and free ports; what it started is stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="readme-") as folder:
        beside = str(Path(sys.executable).parent)
        environment = {
            "PATH": os.pathsep.join((beside, os.environ.get("PATH", ""))),
            "HOME": os.environ.get("HOME", folder),  # compiled kernels are kept there
            "DATA_DIR": folder,
            "API_PORT": "0",
            "LANG": "C.UTF-8",
            "CI": "true",
        }
        try:
            yield Shell(environment)
        finally:
            subprocess.run(
                [sys.executable, "-m", "cli", "down"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                check=False,
            )


def _found(text: str) -> list[str]:
    """The ids in `text`, each once, in their order."""
    return list(dict.fromkeys(_ID.findall(text)))


def form(line: str) -> str:
    """`line` without what differs from run to run."""
    for pattern, name in _VOLATILE:
        line = pattern.sub(name, line)
    return line.strip()


def shown(written: Sequence[str], printed: Sequence[str]) -> list[str]:
    """`printed`, with those lines left out that `written` leaves out."""
    if LEFT_OUT not in written:
        return list(printed)
    head = written.index(LEFT_OUT)
    tail = len(written) - head - 1
    return [*printed[:head], LEFT_OUT, *(printed[-tail:] if tail else ())]


def same(written: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether the README says what was printed."""
    return list(map(form, written)) == list(map(form, shown(written, printed)))


def renewed(text: str) -> str:
    """The README's `text` with what its commands print now."""
    with shell() as here:

        def session(match: re.Match[str]) -> str:
            lines = []
            for step in _steps(match.group(1)):
                now = shown(step.printed, here.run(step))
                # What differs in form only stays as it is: no new ids with every renewal.
                lines += [f"$ {step.command}", *(step.printed if same(step.printed, now) else now)]
            return "```console\n" + "".join(f"{line}\n" for line in lines) + "```"

        return _SESSION.sub(session, text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text()))
