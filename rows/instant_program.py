"""Timestamp formats as programs for the kernel of read plans, and the tables of names they use."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rows.kernels import clock
from rows.kernels import plan_layout as at
from schemas.calendar_names import MONTHS, WEEKDAYS
from schemas.timestamp_format import DIGITS, DIRECTIVES, steps_of

Int64s = NDArray[np.int64]

_FILETIME_ORIGIN: Final = -11_644_473_600_000_000  # 1601-01-01 in microseconds since 1970
_MAX_LAYOUT: Final = 32
_EPOCH_DIGITS: Final = {
    "epoch": at.BY_SIZE,
    "epoch_s": 6,
    "epoch_ms": 3,
    "epoch_us": 0,
    "epoch_ns": -3,
    "filetime": -1,
}
_ELAPSED_DIGITS: Final = {"elapsed_s": 6, "elapsed_ms": 3}
_PLACES: Final = ("%Y", "%m", "%d", "%H", "%M", "%S")
_DIGIT_CARRY, _LITERAL_CARRY, _LOOKED_AT = 0x76, 0x7F, 0x80


def format_words(form: str, start_us: int, keep: list[Int64s]) -> list[int]:
    """A format as `plan_layout.FORMAT_WORDS` words.

    Args:
        start_us: origin of elapsed times.
        keep: gets the arrays whose addresses are among the words.
    """
    words = [0] * at.FORMAT_WORDS
    if form == "iso":
        words[at.FORMAT_KIND] = at.ISO
    elif form == "excel":
        words[at.FORMAT_KIND] = at.EXCEL
    elif form in _EPOCH_DIGITS:
        words[at.FORMAT_KIND] = at.EPOCH
        words[at.EPOCH_DIGITS] = _EPOCH_DIGITS[form]
        words[at.EPOCH_ORIGIN] = _FILETIME_ORIGIN if form == "filetime" else 0
    elif form in _ELAPSED_DIGITS:
        words[at.FORMAT_KIND] = at.ELAPSED
        words[at.EPOCH_DIGITS] = _ELAPSED_DIGITS[form]
        words[at.EPOCH_ORIGIN] = start_us
    else:
        steps = steps_of(form)
        program = np.array(program_of(steps), np.int64)
        keep.append(program)
        words[at.FORMAT_KIND] = at.WRITTEN
        words[at.PROGRAM_AT], words[at.PROGRAM_SIZE] = program.ctypes.data, len(program)
        _add_layout(steps, words)
    return words


def program_of(steps: list[str]) -> list[int]:
    """The steps of a strptime format as words for `rows.kernels.clock`."""
    words: list[int] = []
    k = 0
    while k < len(steps):
        run = k
        while run < len(steps) and steps[run] in DIGITS:
            run += 1
        if run - k > 1:
            numbers = steps[k:run]
            total = sum(DIGITS[step] for step in numbers)
            complete = 2 if steps[run : run + 1] == ["%f"] else int(numbers[0] == "%Y")
            words += [clock.RUN, total, complete, len(numbers)]
            for step in numbers:
                words += [_directive(step), DIGITS[step]]
            k = run
            continue
        step = steps[k]
        if len(step) == 2:
            words.append(_directive(step))
        elif step == " ":
            words.append(clock.BLANKS)
        else:
            words += step.encode()
        k += 1
    return words


def _directive(step: str) -> int:
    return clock.YEAR + DIRECTIVES.index(step[1])


def _add_layout(steps: list[str], words: list[int]) -> None:
    """The fixed layout of a format that has one: all numbers with all digits, a fraction last."""
    text = bytearray()
    carry = bytearray()
    places = dict.fromkeys(_PLACES, -1)
    fraction = False
    for step in steps:
        if fraction:
            return
        if step in DIGITS and step not in ("%I", "%j"):
            places["%Y" if step == "%y" else step] = len(text)
            text += b"0" * DIGITS[step]
            carry += bytes([_DIGIT_CARRY]) * DIGITS[step]
        elif step == "%f" and len(text) > 0 and carry[-1] == _LITERAL_CARRY:
            fraction = True
        elif len(step) == 1 and step.isascii():
            text += step.encode()
            carry += bytes([_LITERAL_CARRY])
        else:
            return
    if len(text) > _MAX_LAYOUT or min(places[step] for step in ("%Y", "%m", "%d")) < 0:
        return
    words[at.LAYOUT_SIZE] = len(text)
    looked_at = bytes([_LOOKED_AT]) * len(text)
    for k in range(4):
        for at_word, data in (
            (at.LAYOUT_XOR, text),
            (at.LAYOUT_CARRY, carry),
            (at.LAYOUT_MASK, looked_at),
        ):
            part = bytes(data[8 * k : 8 * k + 8]).ljust(8, b"\0")
            words[at_word + k] = int.from_bytes(part, "little", signed=True)
    words[at.LAYOUT_PLACES : at.LAYOUT_PLACES + len(_PLACES)] = places.values()
    words[at.LAYOUT_FRACTION] = int(fraction)
    words[at.LAYOUT_SHORT_YEAR] = int("%y" in steps)


@cache
def month_names() -> Int64s:
    """The table of names of months."""
    return _table(
        (name, number)
        for months in MONTHS.values()
        for number, names in enumerate(months, 1)
        for name in names.split()
    )


@cache
def weekday_names() -> Int64s:
    """The table of names of days of the week; all of them are 1."""
    return _table((name, 1) for names in WEEKDAYS.values() for name in names.split())


def _table(names: Iterable[tuple[str, int]]) -> Int64s:
    """Names as `rows.kernels.clock` looks them up: ASCII letters small, others as they may be."""
    table = np.zeros(at.NAME_SLOTS * at.NAME_WORDS, np.int64)
    entries = {
        _small(written): number
        for name, number in names
        for written in (name, name.upper(), name.capitalize())
    }
    for text, number in entries.items():
        data = text.ljust(24, b"\0")
        words = [int.from_bytes(data[k : k + 8], "little", signed=True) for k in (0, 8, 16)]
        k = _name_slot(*words)
        while table[k * at.NAME_WORDS + 3]:
            k = (k + 1) % at.NAME_SLOTS
        table[k * at.NAME_WORDS : (k + 1) * at.NAME_WORDS] = [*words, number]
    return table


def _small(text: str) -> bytes:
    """UTF-8 with ASCII letters made small, others left."""
    return text.encode().lower()


def _name_slot(first: int, second: int, third: int) -> int:
    """`clock.name_slot`, in Python's integers."""
    m1, m2, m3 = clock.MIXED
    h = _signed((first ^ m1) * m2) ^ _signed((second ^ m2) * m3) ^ _signed((third ^ m3) * m1)
    return ((h >> 32) ^ h) & (at.NAME_SLOTS - 1)


def _signed(number: int) -> int:
    word = number & ((1 << 64) - 1)
    return word - (1 << 64) if word >> 63 else word
