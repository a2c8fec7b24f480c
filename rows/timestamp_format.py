"""A timestamp format as a program for the kernel that reads three columns."""

from __future__ import annotations

from functools import cache
from typing import Final

from schemas.timestamp_format import DIRECTIVES, steps_of

_FIRST_DIRECTIVE: Final = 257  # `rows.kernels.strptime.YEAR`
_BLANKS: Final = 256


@cache
def program_of(text: str | None) -> tuple[int, ...]:
    """The words a kernel reads timestamps by; none if they are ISO 8601 and epoch numbers."""
    words: list[int] = []
    for step in steps_of(text) if text is not None else ():
        if len(step) == 2:
            words.append(_FIRST_DIRECTIVE + DIRECTIVES.index(step[1]))
        elif step == " ":
            words.append(_BLANKS)
        else:
            words += step.encode()
    return tuple(words)
