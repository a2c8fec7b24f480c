"""Memory that ends where its text ends: a kernel that reads beyond it, or before it, is stopped at once."""

from __future__ import annotations

import ctypes
import mmap
from typing import Any

from rows.kernels import parse as parsing
from rows.kernels import reading, split

_ROOM = 2 << 20
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.mprotect.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
_NO_ACCESS = 0


class Guard:
    """Two megabytes between two pages that cannot be touched."""

    def __init__(self) -> None:
        page = mmap.PAGESIZE
        self._map = mmap.mmap(-1, _ROOM + 2 * page)
        begin = ctypes.addressof(ctypes.c_char.from_buffer(self._map))
        for address in (begin, begin + page + _ROOM):
            if _LIBC.mprotect(address, page, _NO_ACCESS) != 0:
                raise OSError(ctypes.get_errno(), "mprotect")
        self._begin = begin + page

    def placed(self, address: int, size: int, *, low: bool) -> int:
        """Address of a copy of `size` bytes that ends, or with `low` begins, at a page of no access."""
        if size > _ROOM:
            return address
        to = self._begin if low else self._begin + _ROOM - size
        ctypes.memmove(to, address, size)
        return to


class Kernels:
    """The kernels that cut and parse, with their text in guarded memory from now on."""

    def __init__(self) -> None:
        cut, parse, read = split.cut, parsing.parse, reading.read
        to_cut, to_parse, to_read = Guard(), Guard(), Guard()
        # Whether texts begin, rather than end, at a page without access.
        self.low = False

        def cut_guarded(base: int, size: int, *rest: Any) -> int:
            return cut(to_cut.placed(base, size, low=self.low), size, *rest)

        def parse_guarded(base: int, size: int, *rest: Any) -> int:
            return parse(to_parse.placed(base, size, low=self.low), size, *rest)

        def read_guarded(base: int, size: int, *rest: Any) -> int:
            return read(to_read.placed(base, size, low=self.low), size, *rest)

        self._as_they_were = cut, parse, read
        vars(split)["cut"], vars(parsing)["parse"] = cut_guarded, parse_guarded
        vars(reading)["read"] = read_guarded

    def restore(self) -> None:
        """Put back the kernels as they were."""
        vars(split)["cut"], vars(parsing)["parse"], vars(reading)["read"] = self._as_they_were
