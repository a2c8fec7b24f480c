"""Exit codes, and the one exception that ends a command with a message."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PROCESSED: Final = 0
OTHER: Final = 1
WRONG_USE: Final = 2
PARTIAL: Final = 3
FAILED: Final = 4

_BY_STATUS: Final = {"processed": PROCESSED, "partial": PARTIAL, "failed": FAILED}
_WORST_FIRST: Final = (OTHER, FAILED, PARTIAL)


class CommandError(Exception):
    """The command cannot go on: what was wrong, and what to do about it."""

    def __init__(self, what: str, do: str | None = None, code: int = OTHER) -> None:
        super().__init__(what)
        self.what = what
        self.do = do
        self.code = code


def code_of(status: object) -> int:
    """Exit code for a file's status; a file that is still waiting is no failure."""
    return _BY_STATUS.get(str(status), PROCESSED)


def worst(codes: Iterable[int]) -> int:
    """The one exit code that speaks for several files."""
    seen = set(codes)
    return next((code for code in _WORST_FIRST if code in seen), PROCESSED)
