"""The one place that knows numba: how kernels are compiled and where they are kept.

A kernel is compiled once per machine, for the signature it is given, and kept on disk. numba
notices a change only in the file that defines a kernel, not in those of the functions it calls, so
the folder is named by a hash of all kernel sources: whatever changes, all are compiled anew.

The folder lies under `CSV_PROCESSOR_CACHE` or the user's cache, or, where neither can be written,
under the folder for temporary files.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast

import numba
import numpy as np
from numba.core import config
from numba.extending import intrinsic

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")

Int64s: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Int32s: TypeAlias = "np.ndarray[Any, np.dtype[np.int32]]"
Int8s: TypeAlias = "np.ndarray[Any, np.dtype[np.int8]]"
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Bytes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"

_HERE = Path(__file__).parent


def sources_hash() -> str:
    """Hash of the sources all kernels are made of, and of the compiler that makes them."""
    digest = hashlib.sha256(f"numba {numba.__version__}".encode())
    for path in sorted(_HERE.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def cache_folder() -> Path:
    """The folder the compiled kernels are kept in; made where it is missing."""
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
    return Path(tempfile.mkdtemp(prefix="csv-processor-kernels-"))


config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]


def kernel(signature: str) -> Callable[[F], F]:
    """An entry point: compiled (or loaded) when its module is imported; runs without the GIL."""
    made = numba.njit(signature, nogil=True, cache=True, error_model="numpy")
    return cast(Callable[[F], F], made)


def inner(fn: F) -> F:
    """A function that kernels call; compiled as part of them."""
    return cast(F, numba.njit(nogil=True, error_model="numpy")(fn))


def inlined(fn: F) -> F:
    """As `inner`, and always inlined: for what the hot loops do for every row."""
    return cast(F, numba.njit(nogil=True, error_model="numpy", forceinline=True)(fn))


def instruction(fn: Callable[Concatenate[Any, P], Any]) -> Callable[P, int]:
    """A function that emits machine instructions itself (see `rows.kernels.intrinsics`)."""
    return cast(Callable[P, int], intrinsic(fn))
