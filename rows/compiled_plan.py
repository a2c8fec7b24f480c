"""A read plan as arrays for its kernel. Made once per plan and process, shared by all batches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rows.grammar import columns_read, needed_fields
from rows.instant_program import format_words, month_names, weekday_names
from rows.kernels import layout, templates
from rows.kernels import plan_layout as at
from rows.kernels.known_sensors import add_known
from rows.repeated_days import RepeatedDays, repeated_days
from rows.zones import Zone, with_times_before, zone_of
from schemas.instants import micros_of
from schemas.read_plan import COLUMN, ReadPlan, Template
from schemas.zone_names import CELL_ABBREVIATIONS, zone_names

Int64s = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_PAD: Final = 64  # bytes after a text that kernels may read
_SIGNS: Final = {".": at.POINT, ",": at.COMMA_ONLY, "any": at.EITHER}
_AMBIGUOUS: Final = {
    "earlier": at.EARLIER,
    "later": at.LATER,
    "order": at.BY_ORDER,
    "invalid": at.INVALID,
}
_MAX_OFFSETS: Final = at.ABBREVIATION_COUNT - at.ABBREVIATION_OFFSETS
_START: Final = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[Tt ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?)?"
)
_E_NOTATION: Final = re.compile(rb"-?(?=[.,]?\d)\d*[.,]?\d*E\+\d+")
_PLAIN: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


class CompiledPlan:
    """Settings of a plan and the memory they point to.

    `settings` are the same for every batch, but for what `rows.plan_batch` sets. Zones are found by
    number: the plan's own zone is 0, those of cells follow in the order of `zone_names`.
    """

    def __init__(self, plan: ReadPlan) -> None:
        self.plan = plan
        self._keep: list[object] = []
        self._cell_zones: dict[int, list[int]] = {}
        self.settings = np.zeros(at.SETTINGS_SIZE, np.int64)
        self.zone_names: tuple[str, ...] = ()
        self.has_repeated_hours = False
        s = self.settings
        s[at.SLOTS] = needed_fields(plan)
        s[at.WIDE] = plan.layout == "wide"
        s[at.FILL], s[at.CUT] = "fill" in plan.ragged, "cut" in plan.ragged
        s[at.FORMULAS] = plan.formulas
        s[at.VALUES] = len(plan.values)
        s[at.VALUES_AT] = self._words(plan.values)
        self._set_sensors()
        self._set_quality()
        self._set_cells()
        self._set_time()
        s[at.ORDINARY] = self._ordinary()

    @cached_property
    def repeated_days(self) -> RepeatedDays | None:
        """What finds out whether records can have a time in a repeated hour; None if it cannot."""
        return repeated_days(self.plan.time)

    @property
    def values(self) -> int:
        """Number of value columns."""
        return len(self.plan.values)

    # Memory that kernels are given addresses of.

    def _address(self, array: NDArray[Any]) -> int:
        """Address of an array, which is kept for as long as the plan.

        Of one that a cached function returns, too: two threads that call it for the first time make
        two, and the one that is not in the cache in the end is freed.
        """
        self._keep.append(array)
        return int(array.ctypes.data)

    def _words(self, words: Iterable[int]) -> int:
        return self._address(np.array([*words, 0], np.int64))

    def _floats(self, numbers: Iterable[float]) -> int:
        return self._address(np.array([*numbers, 0.0], np.float64))

    def _texts(self, texts: Sequence[bytes]) -> tuple[list[int], list[int]]:
        """Addresses and sizes of texts."""
        buffer = np.frombuffer(b"".join(text + bytes(_PAD) for text in texts) or b"\0", np.uint8)
        addresses, address = [], self._address(buffer)
        for text in texts:
            addresses.append(address)
            address += len(text) + _PAD
        return addresses, [len(text) for text in texts]

    def _text_set(self, texts: Sequence[str]) -> int:
        """Address of entries as `plan_layout.TEXT_WORDS` has them."""
        encoded = [text.encode() for text in texts]
        words: list[int] = []
        for text, address in zip(encoded, self._texts(encoded)[0], strict=True):
            first = int.from_bytes(text[:8].ljust(8, b"\0"), "little", signed=True)
            words += [len(text), first, address]
        return self._words(words)

    def _template(self, parts: Template) -> int:
        """Address of the parts of a template."""
        literals = [part.encode() for part in parts if isinstance(part, str)]
        addresses = iter(zip(*self._texts(literals), strict=True))
        words: list[int] = []
        for part in parts:
            if isinstance(part, str):
                words += [at.LITERAL, *next(addresses)]
            else:
                words += [at.COLUMN if part == COLUMN else part, 0, 0]
        return self._words(words)

    # What the settings say.

    def _set_sensors(self) -> None:
        plan, s = self.plan, self.settings
        names = [plan.columns[k].encode() for k in plan.values]
        addresses, sizes = self._texts(names)
        s[at.NAMES_AT] = self._words(w for pair in zip(addresses, sizes, strict=True) for w in pair)
        s[at.SENSOR_PARTS], s[at.SENSOR_PARTS_AT] = len(plan.sensor), self._template(plan.sensor)
        cells, _ = columns_read(plan)
        self.known: tuple[Bytes, Int64s, Bytes] | None = None
        self.known_count = self.known_bytes = 0
        # Numbers of those whose ids are written like 1.39E+12.
        self.known_e_notation: list[int] = []
        if not cells:
            s[at.SENSOR_MODE] = at.FIXED
            self._know_sensors()
        elif plan.layout == "wide" and len(plan.values) > 1:
            s[at.SENSOR_MODE] = at.KEYED
        elif len(plan.sensor) == 1:
            s[at.SENSOR_MODE] = at.CELL
            s[at.SENSOR_CELL] = next(iter(cells))
        else:
            s[at.SENSOR_MODE] = at.COMPOSED

    def _know_sensors(self) -> None:
        """The table of sensors that does not depend on records: entries, slots, texts."""
        plan = self.plan
        ids = []
        for k in plan.values:
            parts = (plan.columns[k] if part == COLUMN else str(part) for part in plan.sensor)
            ids.append("".join(parts).encode())
        addresses, sizes = self._texts(ids)
        words = np.array([*zip(addresses, sizes, strict=True)], np.int64)
        count = 4096
        while count < 4 * len(ids):
            count *= 2
        slots = np.zeros(count, np.int64)
        table = np.zeros(len(ids) * layout.SENSOR_BYTES, np.uint8)
        keys = np.zeros(sum(sizes) + 8 * len(ids) + layout.MAX_ID_BYTES, np.uint8)
        numbers = np.zeros(len(ids) + 1, np.int64)
        self.known_bytes = add_known(
            words.ctypes.data, len(ids), addresses[-1] + sizes[-1] + _PAD, slots.ctypes.data,
            count - 1, table.ctypes.data, keys.ctypes.data, numbers,
        )  # fmt: skip
        self.known_count = int(numbers[-1])
        self.known_e_notation = sorted(
            {
                int(n)
                for n, text in zip(numbers, ids, strict=False)
                if _E_NOTATION.fullmatch(text) and n >= 0
            }
        )
        self.known = table, slots, keys
        self.settings[at.FIXED_AT] = self._address(numbers)

    def _set_quality(self) -> None:
        plan, s = self.plan, self.settings
        if not plan.quality:
            return
        s[at.QUALITY] = 1 if len(plan.quality) == 1 else 2
        s[at.QUALITY_AT] = self._words(-1 if k is None else k for k in plan.quality)
        s[at.ACCEPT], s[at.ACCEPT_AT] = (
            len(plan.quality_accept),
            self._text_set(plan.quality_accept),
        )
        s[at.REJECT], s[at.REJECT_AT] = (
            len(plan.quality_reject),
            self._text_set(plan.quality_reject),
        )

    def _set_cells(self) -> None:
        plan, s = self.plan, self.settings
        s[at.SIGNS] = _SIGNS[plan.decimal]
        s[at.THOUSANDS] = ord(plan.thousands) if plan.thousands else 0
        texts, numbers = [], []
        for marker in plan.missing:
            number = number_of(marker.strip(" \t"), plan)
            if number is None:
                texts.append(marker.strip(" \t"))
            else:
                numbers.append(number)
        s[at.MISSING], s[at.MISSING_AT] = len(texts), self._text_set(texts)
        s[at.MISSING_NUMBERS], s[at.MISSING_NUMBERS_AT] = len(numbers), self._floats(numbers)
        words: dict[str, float] = {}
        mapped: list[float] = []
        for word, value in plan.value_map:
            number = number_of(word, plan)
            if number is not None:
                mapped += [number, value]
                continue
            for written in (word, word.lower(), word.upper()):
                words.setdefault(written.encode().lower().decode(), value)
        s[at.WORDS], s[at.WORDS_AT] = len(words), self._text_set([*words])
        s[at.WORD_VALUES_AT] = self._floats(words.values())
        s[at.MAPPED], s[at.MAPPED_AT] = len(mapped) // 2, self._floats(mapped)
        units = sorted({unit.strip() for unit in plan.value_unit if unit.strip()}, key=len)[::-1]
        s[at.UNITS], s[at.UNITS_AT] = len(units), self._text_set(units)

    def _set_time(self) -> None:
        time, s = self.plan.time, self.settings
        s[at.TIME_CELL] = -1
        if len(time.parts) == 1 and isinstance(time.parts[0], int):
            s[at.TIME_CELL] = time.parts[0]
        s[at.TIME_PARTS], s[at.TIME_PARTS_AT] = len(time.parts), self._template(time.parts)
        own = zone_of(time.zone)
        start, day = start_of(time.start, own) if time.start is not None else (0, 0)
        s[at.START], s[at.START_DAY] = start, day
        formats = time.formats or ("iso", "epoch")
        kept: list[Int64s] = []
        words = [word for form in formats for word in format_words(form, start, kept)]
        self._keep += kept
        self._first_format = words[: at.FORMAT_WORDS]
        s[at.FORMATS], s[at.FORMATS_AT] = len(formats), self._words(words)
        s[at.SHIFT] = time.shift_us
        s[at.AMBIGUOUS] = _AMBIGUOUS[time.ambiguous]
        self._set_order()
        s[at.MONTHS_AT] = self._address(month_names())
        s[at.WEEKDAYS_AT] = self._address(weekday_names())
        self.zones = np.zeros((1, at.ZONE_WORDS), np.int64)
        self.zones[0] = self._own_zone(own)
        by_order = time.ambiguous == "order"
        self.has_repeated_hours = by_order and own.repeats
        if time.zone_parts:
            s[at.ZONE_PARTS] = len(time.zone_parts)
            s[at.ZONE_PARTS_AT] = self._template(time.zone_parts)
            names, table = known_zones()
            self.zone_names = ("", *names)
            s[at.ZONE_NAMES_AT] = self._address(table)
            self.zones = np.zeros((len(self.zone_names), at.ZONE_WORDS), np.int64)
            self.zones[0] = self.zone_words(zone_of("UTC"))
            self.has_repeated_hours = by_order

    def _ordinary(self) -> int:
        """Whether `rows.kernels.ordinary` can read records of the plan."""
        time, s = self.plan.time, self.settings
        cells = [part for part in time.parts if isinstance(part, int)]
        form = self._first_format
        laid_out = form[at.FORMAT_KIND] == at.ISO or form[at.LAYOUT_SIZE] > 0
        if time.zone_parts or not laid_out or len(cells) != len(time.parts) or len(cells) > 2:
            return 0
        s[at.ORDINARY_TIME], s[at.ORDINARY_TIME_2] = [*cells, -1][:2]
        plain = not (self.plan.quality or s[at.THOUSANDS] or s[at.MISSING_NUMBERS] or s[at.MAPPED])
        one = len(self.plan.values) == 1 and s[at.SENSOR_MODE] in (at.FIXED, at.CELL)
        known = s[at.SENSOR_MODE] != at.FIXED or self.known_count == 1
        return at.ALL_OF_THEM if plain and one and known else at.ONLY_ORDER

    def _set_order(self) -> None:
        order, s = self.plan.time.order, self.settings
        s[at.DESCENDING], s[at.STEP] = order.descending, order.step_us
        s[at.REPEATS], s[at.JITTER] = order.repeats, order.jitter_us
        s[at.PHASE] = -1 if order.phase_us is None else order.phase_us
        s[at.PHASE_IS_KEPT] = order.whole
        if order.unknown and s[at.AMBIGUOUS] == at.BY_ORDER:
            s[at.AMBIGUOUS] = at.INVALID

    def zone_words(self, zone: Zone) -> list[int]:
        """A zone as `plan_layout.ZONE_WORDS` words."""
        abbreviations = []
        for name, offsets in zone.abbreviations.items():
            if len(name) > 8:
                continue
            recent = offsets[::-1][:_MAX_OFFSETS]
            text = int.from_bytes(name.lower().encode().ljust(8, b"\0"), "little", signed=True)
            padded = [*recent, *[0] * (_MAX_OFFSETS - len(recent))]
            abbreviations += [text, 0, 0, *padded, len(recent)]
        for name in ("utc", "gmt", "z"):
            if name.upper() not in zone.abbreviations:
                text = int.from_bytes(name.encode().ljust(8, b"\0"), "little")
                abbreviations += [text, 0, 0, *[0] * _MAX_OFFSETS, 1]
        return [
            len(zone.first),
            self._address(zone.bounds),
            self._address(zone.first),
            self._address(zone.second),
            len(abbreviations) // at.ABBREVIATION_WORDS,
            self._words(abbreviations),
            0,
            0,
        ]

    def _own_zone(self, zone: Zone) -> list[int]:
        """The words of the plan's own zone; with the times before repeated hours, if they count."""
        order = self.plan.time.order
        if self.plan.time.ambiguous != "order" or order.phase_us is None or order.whole:
            return self.zone_words(zone)
        divided, near = with_times_before(zone, descending=order.descending)
        words = self.zone_words(divided)
        words[at.ZONE_NEAR] = self._address(near)
        return words

    def zone_of_cell(self, number: int) -> list[int]:
        """The words of a zone that a cell names; made once, as they are kept."""
        if number not in self._cell_zones:
            self._cell_zones[number] = self._zone_of_cell(number)
        return self._cell_zones[number]

    def _zone_of_cell(self, number: int) -> list[int]:
        name = self.zone_names[number]
        minutes = CELL_ABBREVIATIONS.get(name)
        if minutes is None:
            return self.zone_words(zone_of(name))
        return self.zone_words(
            zone_of(
                f"{minutes // 60:+03d}:{minutes % 60:02d}"
                if minutes >= 0
                else f"-{-minutes // 60:02d}:{-minutes % 60:02d}"
            )
        )


@lru_cache(maxsize=32)
def compiled(plan: ReadPlan) -> CompiledPlan:
    """The arrays of a plan."""
    return CompiledPlan(plan)


def start_of(text: str, zone: Zone) -> tuple[int, int]:
    """The option `timestamp_start`: its instant, and the beginning of its day in local time.

    Both in microseconds. Without an offset the text is what clocks of the zone show, the earlier
    instant if they show it twice.

    Raises:
        ValueError: no such date or time.
    """
    match = _START.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no date and no date and time")
    year, month, day = (int(match[k]) for k in (1, 2, 3))
    hour, minute, second = (int(match[k] or 0) for k in (4, 5, 6))
    midnight = micros_of(datetime(year, month, day, tzinfo=UTC))
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    local = micros_of(moment) + int((match[7] or "").ljust(6, "0")[:6])
    offset = match[8]
    if offset is None:
        segment = int(np.searchsorted(zone.bounds, local, side="right")) - 1
        return local - int(zone.first[segment]), midnight
    if offset in "Zz":
        return local, midnight
    digits = offset[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return local + (minutes if offset[0] == "-" else -minutes) * 60_000_000, midnight


def number_of(text: str, plan: ReadPlan) -> float | None:
    """A marker or word as a number, written as values of the file are, or with a point; None if it
    is no number."""
    written = text
    if plan.thousands is not None:
        group = re.escape(plan.thousands)
        whole = re.fullmatch(rf"([+-]?\d{{1,3}}(?:{group}\d{{3}})+)((?:[.,]\d*)?)", text)
        if whole is not None:
            written = whole[1].replace(plan.thousands, "") + whole[2]
    if plan.decimal != "." and written.count(",") == 1 and "." not in written:
        written = written.replace(",", ".")
    elif plan.decimal == "," and "." in written and written != text:
        return None
    if not _PLAIN.fullmatch(written):
        return None
    number = float(written)
    return number if np.isfinite(number) else None


@lru_cache(maxsize=1)
def known_zones() -> tuple[tuple[str, ...], Int64s]:
    """What a cell with a zone may say, and the table by which kernels find its number (from 1)."""
    names = (*CELL_ABBREVIATIONS, *sorted(zone_names() - CELL_ABBREVIATIONS.keys()))
    table = np.zeros(at.ZONE_NAME_SLOTS * at.ZONE_NAME_WORDS, np.int64)
    for number, name in enumerate(names, 1):
        data = name.encode().ljust(32, b"\0")
        words = [int.from_bytes(data[k : k + 8], "little", signed=True) for k in range(0, 32, 8)]
        slot = _zone_name_slot(words)
        while table[slot * at.ZONE_NAME_WORDS + 4]:
            slot = (slot + 1) % at.ZONE_NAME_SLOTS
        begin = slot * at.ZONE_NAME_WORDS
        table[begin : begin + at.ZONE_NAME_WORDS] = [*words, number + 1]
    return names, table


def _zone_name_slot(words: Sequence[int]) -> int:
    """`templates.zone_name_slot`, in Python's integers."""
    m1, m2 = templates.MIXED
    h = words[0] ^ m1
    for word in words[1:]:
        h = _signed(h * m2) ^ word
    h = _signed(h * m1)
    return ((h >> 40) ^ h) & (at.ZONE_NAME_SLOTS - 1)


def _signed(number: int) -> int:
    word = number & ((1 << 64) - 1)
    return word - (1 << 64) if word >> 63 else word
