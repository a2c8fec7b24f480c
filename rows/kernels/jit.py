"""The one place that knows numba: how kernels are compiled and where they are kept.

A kernel is compiled once per machine, for the signature it is given, and kept on disk
(`rows.kernels.cache`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar, cast

import numba
import numpy as np
from numba.core import config
from numba.extending import intrinsic

from rows.kernels.cache import cache_folder

F = TypeVar("F", bound=Callable[..., Any])
P = ParamSpec("P")

Int64s: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Int32s: TypeAlias = "np.ndarray[Any, np.dtype[np.int32]]"
Int8s: TypeAlias = "np.ndarray[Any, np.dtype[np.int8]]"
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Bytes: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"

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
