"""Where compiled kernels are kept, and how many of them there are. Needs neither numba nor numpy.

numba notices a change only in the file that defines a kernel, not in those of the functions it
calls, so the folder is named by a hash of all kernel sources: whatever changes, all are compiled
again. It is under `CSV_PROCESSOR_CACHE` or the user's cache, or, if neither can be written, in the
folder for temporary files.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_KERNEL: Final = re.compile(rb"^@kernel\(", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Compiled:
    """How many of the kernels are compiled."""

    done: int
    total: int


def compiled() -> Compiled:
    """How far compilation is, by whichever process."""
    # numba keeps an index for each function.
    done = sum(1 for _ in cache_folder().rglob("*.nbi"))
    total = sum(len(_KERNEL.findall(path.read_bytes())) for path in _sources())
    return Compiled(min(done, total), total)


def _sources() -> list[Path]:
    return sorted(path for path in _HERE.glob("*.py") if path != Path(__file__))


@cache
def sources_hash() -> str:
    """Hash of the sources all kernels are made of, and of the compiler that makes them."""
    digest = hashlib.sha256(f"numba {version('numba')}".encode())
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """The folder the compiled kernels are kept in; created if it is missing."""
    wanted = os.environ.get("CSV_PROCESSOR_CACHE")
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser())
    temporary = Path(tempfile.gettempdir()) / f"csv-processor-{os.getuid()}"
    for root in (Path(wanted) if wanted else user, temporary):
        folder = root / "csv-processor" / f"kernels-{sources_hash()}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder
    return _last_resort()


@cache
def _last_resort() -> Path:
    return Path(tempfile.mkdtemp(prefix="csv-processor-kernels-"))
