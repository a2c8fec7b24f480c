"""`install.py LOCK…`: installs what lock files name into this Python's environment, with progress.

Only the standard library and pip are used: nothing else is installed yet.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Final

from pip._vendor.packaging.requirements import Requirement

_PIP: Final = (
    *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
    *("--progress-bar", "off", "--no-color", "--require-hashes"),
)
_ARRIVED: Final = re.compile(
    r"\s+(Downloading|Using cached) (?:.*/)?(\S+?)-[^-]+-\S*\.whl.*?\((.+)\)"
)
_MIB: Final = 1 << 20
# Packages worth a line of their own if the output is not a terminal.
_LARGE_MB: Final = 20.0


def named(lock: Path) -> int:
    """How many packages a lock file names for this version and platform."""
    count = 0
    for line in lock.read_text().splitlines():
        if line[:1].isalnum():
            marker = Requirement(line.rstrip(" \\")).marker
            count += marker is None or marker.evaluate()
    return count


def megabytes(text: str) -> float:
    """A size as pip prints it: `150.2 MB`, `96 kB`."""
    number, _, unit = text.partition(" ")
    return float(number) * {"GB": 1000.0, "MB": 1.0, "kB": 0.001}.get(unit, 0.0)


def installed_megabytes() -> float:
    """What all packages of this environment take on disk."""
    folder = Path(sysconfig.get_path("platlib"))
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / _MIB


class Progress:
    """Shows how far the installation is: one changing line, or a line for each large package."""

    def __init__(self, total: int) -> None:
        self._total, self._began = total, time.monotonic()
        self._terminal = sys.stdout.isatty()
        self.count, self.downloaded = 0, 0.0

    def arrived(self, name: str, size: float, *, downloaded: bool) -> None:
        """A package was downloaded, or found in pip's cache."""
        self.count += 1
        self.downloaded += size if downloaded else 0.0
        text = f"    {self.count} of {self._total}  {name} {size:.0f} MB"
        if self._terminal:
            print(f"\r\x1b[K{text}  ({self.seconds()} s)", end="", flush=True)
        elif size >= _LARGE_MB:
            print(text, flush=True)

    def say(self, text: str) -> None:
        """A line that stays."""
        start = "\r\x1b[K" if self._terminal else ""
        print(f"{start}    {text}", flush=True)

    def seconds(self) -> int:
        return round(time.monotonic() - self._began)


def main(locks: list[str]) -> int:
    """Install; the exit code of pip. Its whole output is shown if it fails."""
    command = [*_PIP, *(part for lock in locks for part in ("--requirement", lock))]
    progress = Progress(sum(named(Path(lock)) for lock in locks))
    output: list[str] = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as pip:
        for line in pip.stdout or ():
            output.append(line)
            if found := _ARRIVED.match(line):
                how, name, size = found.groups()
                progress.arrived(name, megabytes(size), downloaded=how == "Downloading")
            elif line.startswith("Installing collected packages"):
                progress.say(f"unpacking {line.count(',') + 1} packages")
    if pip.returncode:
        sys.stderr.writelines(["\n", *output])
        return pip.returncode
    progress.say(
        f"{progress.count} packages: {progress.downloaded:,.0f} MB downloaded; the environment has "
        f"{installed_megabytes():,.0f} MB"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
