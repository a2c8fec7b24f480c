"""Changes of the cells of many invalid rows: replace text, map words, read times, shift times.

Times are written as the file itself writes them if that loses nothing, and else in ISO 8601, if its
corrected rows may be that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final, TypeAlias

from rows.invalid.planned import takes_iso_too
from rows.invalid.record import Fields
from schemas.corrections import Change, MapValues, Replace, ShiftTimes, TimeFormat
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS
from schemas.option_values import shift_us
from schemas.read_options import ReadOptions
from schemas.timestamp_format import DIGITS, NAMED, is_time_of_day, steps_of

_TIMESTAMP: Final = COLUMNS.index("timestamp")
_ISO: Final = "iso"
_EPOCH_US: Final = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}

# The new text of a cell; None if the change does not fit it.
Step: TypeAlias = Callable[[str], str | None]


class Changes:
    """The changes of a correction for the rows of one file.

    Args:
        formats: those that the timestamps of the file are read with; see `formats_of`.
    """

    def __init__(self, changes: Sequence[Change], formats: Sequence[str]) -> None:
        self._steps = [_step(change, tuple(formats)) for change in changes]

    def apply(self, cells: Fields) -> Fields:
        """The cells as changed; the same ones if no change fits."""
        changed = list(cells)
        for column, step in self._steps:
            text = step(changed[column])
            if text is not None:
                changed[column] = text
        sensor, timestamp, value = changed
        return sensor, timestamp, value


def formats_of(options: ReadOptions, dialect: DialectSpec | None) -> tuple[str, ...]:
    """The formats that the timestamps of a file are read with; none: ISO 8601, or an epoch."""
    if dialect is not None and dialect.plan is not None:
        return dialect.plan.time.formats
    return options.timestamp_format


def _step(change: Change, formats: tuple[str, ...]) -> tuple[int, Step]:
    match change:
        case Replace():
            return COLUMNS.index(change.column), _replacing(change)
        case MapValues():
            return COLUMNS.index(change.column), _mapping(change)
        case TimeFormat():
            return _TIMESTAMP, _reading(change.format, formats)
        case ShiftTimes():
            return _TIMESTAMP, _shifting(change.by, formats)


def _replacing(change: Replace) -> Step:
    find, replacement = change.find, change.replacement
    if change.whole:
        return lambda cell: replacement if cell.strip() == find else None
    return lambda cell: cell.replace(find, replacement) if find in cell else None


def _mapping(change: MapValues) -> Step:
    words = {word.strip().casefold(): text for word, text in change.words.items()}
    return lambda cell: words.get(cell.strip().casefold())


def _reading(form: str, formats: tuple[str, ...]) -> Step:
    read = _reader(form)

    def step(cell: str) -> str | None:
        moment = read(cell.strip())
        return None if moment is None else _written(moment, formats)

    return step


def _shifting(by: str, formats: tuple[str, ...]) -> Step:
    micros = shift_us(by) or 0
    shift = timedelta(microseconds=micros)
    readers = [(one, _reader(one)) for one in (formats or (_ISO,)) if one not in _EPOCH_US]
    if formats and takes_iso_too(formats):
        # What an earlier change has written.
        readers.append((_ISO, _reader(_ISO)))
    units = [_EPOCH_US[one] for one in formats if one in _EPOCH_US]

    def step(cell: str) -> str | None:
        text = cell.strip()
        for form, read in readers:
            moment = read(text)
            if moment is not None:
                try:
                    return _written(moment + shift, (form,))
                except OverflowError:
                    return None
        number = text.removeprefix("-")
        if units and number.isascii() and number.isdecimal() and micros % units[0] == 0:
            return str(int(text) + micros // units[0])
        return None

    return step


def _reader(form: str) -> Callable[[str], datetime | None]:
    """What reads a timestamp; None is what does not fit, or what the row engine might read in
    another way."""
    if form == _ISO:
        return _iso
    if form in NAMED or is_time_of_day(form) or {"%*", "%Z"} & set(steps_of(form)):
        return lambda _: None
    exact = _has_adjacent_numbers(form)

    def read(text: str) -> datetime | None:
        try:
            moment = datetime.strptime(text, form)
            # Numbers without anything between them are divided in one way only if all are there.
            return None if exact and moment.strftime(form) != text else moment
        except ValueError:
            return None

    return read


def _iso(text: str) -> datetime | None:
    # Dates by weeks are not ISO 8601 as files have it.
    if len(text) < len("2026-01-01") or text[4:5] != "-" or "W" in text:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _has_adjacent_numbers(form: str) -> bool:
    return any(
        one in DIGITS and other in (*DIGITS, "%f") for one, other in pairwise(steps_of(form))
    )


def _written(moment: datetime, formats: tuple[str, ...]) -> str | None:
    """A time as a file with these formats has it; None if it cannot be written without loss."""
    for form in formats:
        if form == _ISO:
            return moment.isoformat()
        if form in NAMED or {"%*", "%Z"} & set(steps_of(form)):
            continue
        text = moment.strftime(form)
        if _reader(form)(text) == moment and ("%z" in form) == (moment.tzinfo is not None):
            return text
    return moment.isoformat() if not formats or takes_iso_too(formats) else None
