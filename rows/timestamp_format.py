"""The option `timestamp_format`: from directives as strptime has them to a program for the kernel."""

from __future__ import annotations

from functools import cache
from typing import Final

_MOST = 64
_FIRST_DIRECTIVE: Final = 257  # `rows.kernels.written.YEAR`
_BLANKS: Final = 256
# The order is that of the directives in `rows.kernels.written`, from its YEAR on.
DIRECTIVES: Final = "YymdHIMSfpbajz"
_SAME: Final = {"B": "b", "A": "a"}


def steps_of(text: str) -> list[str]:
    """The steps of a format: `%` with a letter, a space for any run of blanks, or one character.

    Raises:
        ValueError: the format cannot be followed; says why.
    """
    steps: list[str] = []
    k = 0
    while k < len(text):
        step = text[k]
        if step == "%":
            letter = text[k + 1 : k + 2]
            k += 1
            letter = _SAME.get(letter, letter)
            if letter == "%":
                step = "%"
            elif letter and letter in DIRECTIVES:
                step += letter
            else:
                raise ValueError(f"%{letter} is not known")
        elif step in " \t":
            step = " "
        if step != " " or steps[-1:] != [" "]:
            steps.append(step)
        k += 1
    _check(text, steps)
    return steps


@cache
def program_of(text: str | None) -> tuple[int, ...]:
    """The words a kernel reads timestamps by; none where they are ISO 8601 and epoch numbers."""
    words: list[int] = []
    for step in steps_of(text) if text is not None else ():
        if len(step) == 2:
            words.append(_FIRST_DIRECTIVE + DIRECTIVES.index(step[1]))
        elif step == " ":
            words.append(_BLANKS)
        else:
            words += step.encode()
    return tuple(words)


def _check(text: str, steps: list[str]) -> None:
    if len(text) > _MOST or not text.isprintable():
        raise ValueError(f"at most {_MOST} printable characters")
    named = [step for step in steps if len(step) == 2]
    if len(named) != len(set(named)):
        raise ValueError("something is there twice")
    has_day = "%j" in named or ("%d" in named and ("%m" in named or "%b" in named))
    if not has_day or not ("%Y" in named or "%y" in named):
        raise ValueError("a year, a month and a day are needed")
    if ("%I" in named) != ("%p" in named) or {"%H", "%I"} <= set(named):
        raise ValueError("%I needs %p, and neither goes with %H")
    if (
        {"%Y", "%y"} <= set(named)
        or {"%m", "%b"} <= set(named)
        or ("%j" in named and {"%d", "%m", "%b"} & set(named))
    ):
        raise ValueError("the day is told twice")
