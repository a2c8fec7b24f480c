"""The option `timestamp_format`: named formats, and the steps of a strptime format.

docs/rows.md, section "timestamp_format", says what each step takes from the text.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

MAX_CHARACTERS: Final = 64
NAMED: Final = (
    *("iso", "epoch", "epoch_s", "epoch_ms", "epoch_us", "epoch_ns"),
    *("excel", "filetime", "elapsed_s", "elapsed_ms"),
)
ELAPSED: Final = ("elapsed_s", "elapsed_ms")
# The letters of directives; the kernel's program numbers them in this order.
DIRECTIVES: Final = "YymdHIMSfpbajzZ*h"
_SAME: Final = {"B": "b", "A": "a"}
# Numbers of a fixed greatest size: digits they take at most.
DIGITS: Final = {"%Y": 4, "%y": 2, "%m": 2, "%d": 2, "%H": 2, "%I": 2, "%M": 2, "%S": 2, "%j": 3}
# Blanks at which no line ends, as programs write them before AM and PM.
_NO_BREAK: Final = str.maketrans("\u00a0\u2009\u202f", "   ")
_DATE: Final = frozenset({"%Y", "%y", "%m", "%d", "%b", "%j"})


def steps_of(text: str) -> list[str]:
    """The steps of a strptime format: `%` with a letter, a space for any run of blanks, or one
    character.

    A format without any part of a date is a time of day; it needs the option `timestamp_start`.

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


def is_time_of_day(text: str) -> bool:
    """Whether a format says a time but no date.

    Raises:
        ValueError: as `steps_of`.
    """
    return text not in NAMED and not _DATE & set(steps_of(text))


def check_format(text: str) -> None:
    """Accept a named format or a strptime format.

    Raises:
        ValueError: it is neither; says why.
    """
    if text not in NAMED:
        steps_of(text)


def is_format(text: str) -> bool:
    """Whether `check_format` accepts a text."""
    try:
        check_format(text)
    except ValueError:
        return False
    return True


def can_be_format(text: str) -> bool:
    """Whether a text is short enough for a format, and has no characters that cannot be shown."""
    return len(text) <= MAX_CHARACTERS and text.translate(_NO_BREAK).isprintable()


def _check(text: str, steps: list[str]) -> None:
    if not can_be_format(text):
        raise ValueError(f"at most {MAX_CHARACTERS} printable characters")
    named = [step for step in steps if len(step) == 2 and step != "%*"]
    if len(named) != len(set(named)):
        raise ValueError("a directive is there twice")
    given = set(named)
    _check_any_text(steps)
    if ("%I" in given) != ("%p" in given) or {"%H", "%I"} <= given:
        raise ValueError("%I needs %p, and neither goes with %H")
    if "%h" in given and given & {"%H", "%I", "%M", "%S", "%f"}:
        raise ValueError("%h is all of a time of day")
    if not given & _DATE:
        if not given & {"%H", "%I", "%h"}:
            raise ValueError("a date or a time of day is needed")
        return
    has_month = bool(given & {"%m", "%b"})
    if not given & {"%Y", "%y"}:
        raise ValueError("a year is needed")
    if "%d" in given and not has_month:
        raise ValueError("a day needs a month, or %j for the day of the year")
    if (
        {"%Y", "%y"} <= given
        or {"%m", "%b"} <= given
        or ("%j" in given and {"%d", "%m", "%b"} & given)
    ):
        raise ValueError("the day is given twice")


def _check_any_text(steps: list[str]) -> None:
    """`%*` ends where the next step begins, so that has to be seen at once."""
    for step, after in pairwise(steps):
        if step == "%*" and len(after) == 2 and after not in DIGITS:
            raise ValueError(
                f"%* must be followed by a character, a blank or a number, not {after}"
            )
