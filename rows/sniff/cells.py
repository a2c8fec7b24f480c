"""What a cell is by its text alone: empty, a number, a timestamp, a word for a gap, or text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

from rows.sniff.timestamps import few_of
from rows.sniff.written_times import written

MISSING_WORDS: Final = (
    *("na", "n/a", "n.a.", "#n/a", "nan", "null", "nil", "none", "missing", "no data", "nodata"),
    *("unavailable", "unknown", "undefined", "-", "--", "---", "----", "*", "***", "?", r"\n"),
    *("non un numero", "keine daten", "fehlt", "k.a.", "ausfall", "nd", "n.d.", "s/d", "sin dato"),
    *("ej tillgänglig", "brak", "brak danych", "geen data", "pas de données", "нет данных"),
    *("1.#qnan", "-1.#ind", "1.#ind", "-1.#qnan", "1.#snan", "#-1"),
    *("nanstt", "no value", "novalue", "no reading", "#value!", "#n/v", "-.-", "--.-", "---.-"),
    *("-.--", "--.--", "--,-", "-,-", "n/m", "////", "///", "//", "/", "欠測", "无数据"),
)
"""Words that stand for no reading in a wide file, compared without case."""

STATES: Final = {
    **dict.fromkeys(("on", "true", "yes", "open", "high", "an", "ein", "ja", "wahr", "auf"), 1),
    **dict.fromkeys(("off", "false", "no", "closed", "low", "aus", "nein", "falsch", "zu"), 0),
    **dict.fromkeys(("marche", "vrai", "oui", "encendido", "sí", "acceso", "aan", "på", "tak"), 1),
    **dict.fromkeys(("arrêt", "faux", "non", "apagado", "spento", "uit", "av", "nie"), 0),
}
"""Words for states of switches and contacts, with the numbers that are suggested for them."""

NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
"""What a value is without options."""

WITH_UNIT: Final = re.compile(
    r"[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?\s*([^\s\d.,:;/<>=+-][^\s\d]{0,9})"
)
"""A number and its unit: `21.4 °C`."""

# Lines of them. Atomic groups: a text after many numbers must not be tried in every way.
_NUMBERS: Final = re.compile(rf"(?>(?>{NUMBER.pattern})\n)++")

_SIGNED: Final = re.compile(
    r"[+-]?(?:\d+,\d+|,\d+|\d{1,3}(?:[,.'’ \u00a0\u2009\u202f]\d{3})+(?:[.,]\d+)?)(?:[eE][+-]?\d+)?"
)
_MISSING: Final = frozenset(MISSING_WORDS)
_MINUS: Final = "\u2212"
_SAMPLE: Final = 500
# So many numbers, each one more than the one before, are a count.
_CERTAIN_COUNT: Final = 5


_WITH_ZERO: Final = re.compile(r"[0-9]{1,15}\.0")
_COUNT: Final = re.compile(r"([0-9]+)(?:[.,]0+)?")


class Kind(Enum):
    """What a cell is."""

    EMPTY = "empty"
    NUMBER = "number"  # as values are without options
    SIGNED = "signed"  # a number with a decimal comma or groups of thousands
    TIME = "time"
    MISSING = "missing"
    TEXT = "text"

    __hash__ = object.__hash__  # one object each: they are counted a lot


NUMBERS: Final = (Kind.NUMBER, Kind.SIGNED)


@lru_cache(1 << 14)
def kind_of(cell: str) -> Kind:
    """What a trimmed cell is."""
    if not cell:
        return Kind.EMPTY
    plain = cell.strip(" \t").replace(
        _MINUS, "-", 1
    )  # what is quoted is not trimmed; as a value it costs itself
    if NUMBER.fullmatch(plain):
        return Kind.NUMBER
    if _SIGNED.fullmatch(plain):
        return Kind.SIGNED
    if cell.lower() in _MISSING:
        return Kind.MISSING
    if any(c.isdigit() for c in cell) and len(cell) <= 80 and written(cell) is not None:
        return Kind.TIME
    return Kind.TEXT


# Lines of the plainest ones. Possessive, so that no number is tried in more than one way.
_PLAIN_NUMBERS: Final = re.compile(r"(?:-?+[0-9]++(?:\.[0-9]*+)?+\n)*+")


@dataclass(frozen=True)
class Column:
    """The cells of one column, trimmed, and of how many of a sample of them are of each kind."""

    cells: Sequence[str]
    kinds: Counter[Kind]

    @property
    def filled(self) -> int:
        """Cells of the sample that are neither empty nor a word for a gap."""
        return self.kinds.total() - self.kinds[Kind.EMPTY] - self.kinds[Kind.MISSING]

    @property
    def numbers(self) -> int:
        """Cells of the sample that are numbers, with whatever signs."""
        return self.kinds[Kind.NUMBER] + self.kinds[Kind.SIGNED]

    @property
    def is_numeric(self) -> bool:
        """Whether at least half of what is in it are numbers, and there is one."""
        return 0 < self.filled <= 2 * self.numbers

    @property
    def kinds_are_numbers(self) -> bool:
        """Whether all cells of the sample are plain numbers."""
        return self.kinds[Kind.NUMBER] == self.kinds.total()

    @cached_property
    def has_plain_numbers(self) -> bool:
        """Whether all cells are digits with a sign and a point at most."""
        return _PLAIN_NUMBERS.fullmatch("\n".join([*self.cells, ""])) is not None

    @property
    def growing(self) -> list[float]:
        """Its numbers if there are several, and each is greater than the one before; else none."""
        try:
            numbers = [float(cell) for cell in self.cells if cell]
        except ValueError:
            return []
        grows = len(numbers) > 1 and all(a < b for a, b in pairwise(numbers))
        return numbers if grows else []

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return self.filled == 0

    @property
    def is_text(self) -> bool:
        """Whether most of what is in it is neither number nor time."""
        return self.kinds[Kind.TEXT] * 2 > self.filled


def are_whole_with_zeros(column: Column) -> bool:
    """Whether all numbers are whole ones with a zero after the point, as programs write columns of
    whole numbers that have gaps: `17.0`."""
    numbers = (cell for cell in column.cells if cell and kind_of(cell) in NUMBERS)
    first = next(numbers, None)
    if first is None or not _WITH_ZERO.fullmatch(first):
        return False
    return all(map(_WITH_ZERO.fullmatch, numbers))


def without_zeros(column: Column) -> Column:
    """The same without the zeros after the point, if all numbers have them: `17` for `17.0`."""
    if not are_whole_with_zeros(column):
        return column
    return column_of([cell[:-2] if _WITH_ZERO.fullmatch(cell) else cell for cell in column.cells])


def column_of(cells: Sequence[str]) -> Column:
    """A column with its kinds."""
    kinds: Counter[Kind] = Counter()
    sample = cells[:: max(1, len(cells) // _SAMPLE)]
    text = "\n".join([*sample, ""])
    if _NUMBERS.fullmatch(text) and text.count("\n") == len(sample):
        kinds[Kind.NUMBER] = len(sample)
        return Column(cells, kinds)
    if _MINUS in text:
        cells = [f"-{cell[1:]}" if cell.startswith(_MINUS) else cell for cell in cells]
        sample = cells[:: max(1, len(cells) // _SAMPLE)]
    for cell, count in Counter(sample).items():
        kinds[kind_of(cell)] += count
    return Column(cells, kinds)


def counts_records(column: Column) -> bool:
    """Whether a column counts the records, so that it has no readings.

    A few records can be neighbouring numbers by chance, unless they are counted from 0 or 1. A
    header that comes again and a sum below the data do not count.
    """
    cells = [found[1] for cell in column.cells if (found := _COUNT.fullmatch(cell.strip()))]
    if len(cells) < 2 or len(column.cells) - len(cells) > few_of(len(column.cells)):
        return False
    if len(cells) < _CERTAIN_COUNT and int(cells[0]) > 1:
        return False
    return all(int(b) - int(a) == 1 for a, b in pairwise(cells))
