"""Arrow columns and NumPy arrays that share their memory.

Made from buffers because `pa.array` and `to_numpy` import pandas if it is installed: some 60 MB per process.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def numbers(array: np.ndarray, kind: pa.DataType) -> pa.Array:
    """A column without nulls; the bytes of `array` are what `kind` says."""
    return pa.Array.from_buffers(kind, len(array), [None, pa.py_buffer(array)])


def values(column: pa.Array, kind: type[np.generic]) -> np.ndarray:
    """The bytes of a column of numbers without nulls, seen as `kind`. Not to be written to."""
    begin = column.offset
    return np.frombuffer(column.buffers()[1], kind)[begin : begin + len(column)]


def booleans(array: np.ndarray) -> pa.Array:
    """A column without nulls from bytes that are 0 or 1."""
    bits = np.packbits(array, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(array), [None, pa.py_buffer(bits)])


def strings(offsets: np.ndarray, text: np.ndarray | bytes) -> pa.StringArray:
    """A column of the UTF-8 text between one offset (int32) and the next.

    What `text` has after the last offset is not in it: a stream of the column would have some bytes of
    that, so that equal columns had different streams.
    """
    used = pa.py_buffer(text).slice(0, int(offsets[-1]))
    buffers = [None, pa.py_buffer(offsets), used]
    return pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers)


def words(texts: Sequence[str]) -> pa.StringArray:
    """A short column of given texts."""
    encoded = [text.encode() for text in texts]
    return strings(np.cumsum([0, *map(len, encoded)], dtype=np.int32), b"".join(encoded))
