"""One batch of records by a read plan: calls the kernel, gives it room, and puts the outcome together."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rows.arrays.buffers import room, zeros
from rows.compiled_plan import compiled
from rows.grammar import Grammar
from rows.invalid.report import Kept, invalid_rows
from rows.kernels import layout, reading, sensors
from rows.kernels import plan_layout as at
from rows.kernels.known_time import KNOWN_SIZE
from rows.kernels.short_records import ENDS_SIZE
from rows.kernels.templates import MAX_TEXT
from rows.noted import mark_ids, noted_of, notices_of
from rows.order import Order
from rows.outcome import BatchOutcome, partials_of, readings_of
from schemas.events import DialectSpec
from schemas.invalid_codes import COLUMNS, NUMBER_OF
from schemas.limits import Limits
from schemas.notices import NoticeCode
from schemas.read_plan import ReadPlan, TimePlan

_SENSORS: Final = 1024
_SLOTS: Final = 4096
_BYTES_PER_INVALID_ROW: Final = 64
_NOTES: Final = 4 * MAX_TEXT
# A cell is at least its delimiter.
_BYTES_PER_CELL: Final = 2
_NO_LIMIT: Final = (1 << 62) - 1

Int64s = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a batch is in its file."""

    first_row: int
    first_line: int
    first_byte: int


class PlanBatch:
    """A batch that is being read."""

    def __init__(
        self, text: np.ndarray, dialect: DialectSpec, plan: ReadPlan, limits: Limits, order: Order
    ) -> None:
        self._text = text
        self._dialect = dialect
        self._limits = limits
        self._grammar = Grammar(dialect, limits)
        self._plan = compiled(plan)
        self._settings = self._plan.settings.copy()
        self._settings[: layout.GRAMMAR_SIZE] = self._grammar.words
        self._settings[at.LATEST] = _NO_LIMIT
        self._zones = self._plan.zones.copy()
        self._settings[at.ZONES_AT] = self._zones.ctypes.data
        self._state = np.zeros(at.STATE_SIZE, np.int64)
        self._floats = np.array([np.inf, -np.inf, 0.0])
        self._memory = np.zeros(at.MEMORY_SIZE, np.int64)
        self._order = order.table()
        self._state[at.ORDER_LIVE] = self._state[at.ORDER_USED] = order.size
        area = min(len(text), self._grammar.max_record_bytes) + 2 * MAX_TEXT + 64
        keyed = len(plan.sensor) * (layout.MAX_ID_BYTES + 8) + 64
        area = max(area, keyed)
        self._scratch = room(5 * area)
        self._memory[at.SCRATCH_SIZE_M] = area
        self._memory[at.SCRATCH_M] = self._scratch.ctypes.data
        self._ends = np.zeros(max(int(self._settings[at.SLOTS]) + 1, ENDS_SIZE), np.int64)
        self._known_time = np.full(KNOWN_SIZE, -1, np.int64)
        self._memory[at.ENDS_M] = self._ends.ctypes.data
        self._memory[at.KNOWN_M] = self._known_time.ctypes.data

    def follow(self) -> Order:
        """Only follow the order of records; gives what it is after the batch."""
        self._settings[at.SCAN] = 1
        self._make_room(sensors_room=1, bad_room=0)
        self._run()
        return self.order

    def moments(self) -> tuple[Int64s, Int64s]:
        """Of each record with a sensor and a time that the clock shows once, in order: the instant,
        not shifted, in microseconds; and the hash of what its order goes by."""
        s = self._settings
        s[at.SCAN], s[at.SHIFT], s[at.AMBIGUOUS] = 1, 0, at.INVALID
        most = len(self._text) // _BYTES_PER_CELL + 1
        listed = room(most * layout.READING_BYTES)
        s[at.READINGS], s[at.READINGS_SIZE] = listed.ctypes.data, most
        self._make_room(sensors_room=1, bad_room=0)
        self._run()
        words = listed[: 16 * most].view(np.int64).reshape(2, most)
        count = int(self._state[at.READ])
        return words[0, :count], words[1, :count]

    @property
    def order(self) -> Order:
        """What is known of sensors within a repeated hour, after the batch."""
        return Order.of_table(self._order, int(self._state[at.ORDER_LIVE]))

    def read(
        self, place: BatchPlace, *, max_invalid: int | None, readings: bool, latest: int | None
    ) -> BatchOutcome:
        """Read all of it."""
        size = len(self._text)
        s, state = self._settings, self._state
        s[at.FIRST_ROW] = place.first_row
        s[at.MAX_INVALID] = _NO_LIMIT if max_invalid is None else max_invalid
        if latest is not None:
            s[at.LATEST] = latest
        listed = np.empty(0, np.uint8)
        if readings:
            most = size // _BYTES_PER_CELL + self._plan.values + 1
            listed = room(most * layout.READING_BYTES)
            s[at.READINGS], s[at.READINGS_SIZE] = listed.ctypes.data, most
        self._make_room(sensors_room=_SENSORS, bad_room=size // _BYTES_PER_INVALID_ROW + 64)
        self._run()
        del self._scratch
        count = int(state[at.READ])
        extras = self._extras.reshape(-1, 2)
        partials, order = partials_of(
            self._table, int(state[at.SENSORS]), self._keys, int(state[at.KEYS_USED]),
            self._noted, extras,
        )  # fmt: skip
        words = self._bad[: int(state[at.KEPT]) * at.BAD_WORDS]
        return BatchOutcome(
            row_count=count,
            invalid_count=int(state[at.ENTRIES]),
            min_value=float(self._floats[layout.MIN]) if count else None,
            max_value=float(self._floats[layout.MAX]) if count else None,
            codes={
                code.value: int(state[at.CODES + number])
                for code, number in NUMBER_OF.items()
                if state[at.CODES + number]
            },
            partials=partials,
            invalid_rows=invalid_rows(
                self._text,
                Kept(words, at.BAD_WORDS, self._notes),
                self._dialect,
                self._limits,
                self._report_settings(),
                first_row=place.first_row,
                first_line=place.first_line,
                first_byte=place.first_byte,
            ),
            readings=readings_of(listed, count, partials, order) if readings else None,
            record_count=int(state[at.ROW]),
            invalid_cells=int(state[at.CELLS_INVALID]),
            missing_count=int(state[at.MISSED]),
            excluded_count=int(state[at.EXCLUDED]),
            notices=notices_of(
                {
                    NoticeCode.SENTINEL: state[at.SENTINEL : at.SENTINEL_ROW + 1],
                    NoticeCode.FUTURE: state[at.FUTURE : at.FUTURE_ROW + 1],
                },
                self._table,
                self._noted,
            ),
        )

    def _report_settings(self) -> Int64s:
        settings = np.zeros(layout.SETTINGS_SIZE, np.int64)
        settings[: layout.GRAMMAR_SIZE] = self._grammar.words
        settings[layout.MAX_RAW] = self._limits.max_raw_bytes
        return settings

    # Memory of the kernel.

    def _make_room(self, *, sensors_room: int, bad_room: int) -> None:
        plan = self._plan
        if plan.known is not None:
            table, slots, keys = plan.known
            self._table = room(max(len(table), layout.SENSOR_BYTES))
            self._table[: len(table)] = table
            self._slots = slots.copy()
            self._keys = keys
            self._state[at.SENSORS] = plan.known_count
            self._state[at.KEYS_USED] = plan.known_bytes
        else:
            self._table = room(sensors_room * layout.SENSOR_BYTES)
            self._slots = zeros(_SLOTS, np.int64)
            self._keys = room(sensors_room * 32 + 4 * layout.MAX_ID_BYTES)
        self._extras = zeros(2 * (len(self._table) // layout.SENSOR_BYTES), np.int64)
        self._noted = noted_of(self._table)
        if plan.known is not None:
            mark_ids(self._noted, plan.known_e_notation)
        self._record_table = room(64 * layout.SENSOR_BYTES)
        self._record_slots = zeros(_SLOTS, np.int64)
        self._record_text = room(4096 + len(self._scratch) // 5)
        self._blocks = zeros(64 * plan.values, np.uint32)
        self._bad = room(bad_room * at.BAD_WORDS, np.int32)
        self._notes = room(_NOTES)
        self._point()

    def _point(self) -> None:
        """Tell the kernel where its memory is."""
        m = self._memory
        m[at.SLOTS_M], m[at.SLOT_COUNT_M] = self._slots.ctypes.data, len(self._slots)
        m[at.SENSORS_M] = self._table.ctypes.data
        m[at.SENSOR_ROOM_M] = len(self._table) // layout.SENSOR_BYTES
        m[at.KEYS_M], m[at.KEYS_SIZE_M] = self._keys.ctypes.data, len(self._keys)
        m[at.EXTRAS_M] = self._extras.ctypes.data
        m[at.NOTED_M] = self._noted.ctypes.data
        m[at.RECORD_SLOTS_M] = self._record_slots.ctypes.data
        m[at.RECORD_SLOT_COUNT_M] = len(self._record_slots)
        m[at.RECORD_TABLE_M] = self._record_table.ctypes.data
        m[at.RECORD_ROOM_M] = len(self._record_table) // layout.SENSOR_BYTES
        m[at.RECORD_TEXT_M] = self._record_text.ctypes.data
        m[at.RECORD_TEXT_SIZE_M] = len(self._record_text)
        m[at.NOTES_M], m[at.NOTES_SIZE_M] = self._notes.ctypes.data, len(self._notes)
        m[at.ORDER_M] = self._order.ctypes.data
        m[at.ORDER_SLOTS_M] = len(self._order) // at.ORDER_WORDS
        m[at.BAD_M], m[at.BAD_ROOM_M] = self._bad.ctypes.data, len(self._bad) // at.BAD_WORDS
        self._settings[at.BLOCKS_AT] = self._blocks.ctypes.data

    def _run(self) -> None:
        text, state = self._text, self._state
        while True:
            why = reading.read(
                text.ctypes.data, len(text), self._settings, state, self._memory, self._floats
            )
            if why == at.DONE:
                return
            if why == at.NUMBER_ASKED:
                number = ctypes.string_at(int(state[at.ASKED_AT]), int(state[at.ASKED_SIZE]))
                self._floats[layout.ANSWER] = float(number.replace(b",", b"."))
                state[at.ANSWERED] = 1
            elif why == at.ZONE_NEEDED:
                number_of_zone = int(state[at.ZONE_ASKED])
                self._zones[number_of_zone] = self._plan.zone_of_cell(number_of_zone)
            elif why == at.ROOM_FOR_INVALID:
                self._bad = _larger(self._bad, 64 * at.BAD_WORDS)
            elif why == at.ROOM_FOR_NOTES:
                self._notes = _larger(self._notes, _NOTES)
            elif why == at.ROOM_FOR_ORDER:
                order = Order.of_table(self._order, int(state[at.ORDER_LIVE]))
                self._order = order.table(2 * (order.size + 1))
                state[at.ORDER_USED] = order.size
            elif why == at.ROOM_FOR_KEYS:
                self._more_keys()
            else:
                self._more_sensors()
            self._point()

    def _more_sensors(self) -> None:
        count = int(self._state[at.SENSORS])
        if self._state[at.KEYS_USED] + layout.MAX_ID_BYTES > len(self._keys):
            self._keys = _larger(self._keys, 4 * layout.MAX_ID_BYTES)
        if count == len(self._table) // layout.SENSOR_BYTES:
            self._table = _larger(self._table, layout.SENSOR_BYTES)
            extras = zeros(2 * (len(self._table) // layout.SENSOR_BYTES), np.int64)
            extras[: 2 * count] = self._extras[: 2 * count]
            self._extras = extras
            self._noted = noted_of(self._table, self._noted)
        if 2 * count >= len(self._slots):
            self._slots = zeros(4 * len(self._slots), np.int64)
            sensors.refill_slots(
                self._table.ctypes.data, count, self._slots.ctypes.data, len(self._slots) - 1
            )

    def _more_keys(self) -> None:
        count = int(self._state[at.RECORD_KEYS])
        values = self._plan.values
        if count == len(self._record_table) // layout.SENSOR_BYTES:
            self._record_table = _larger(self._record_table, layout.SENSOR_BYTES)
            blocks = zeros(len(self._record_table) // layout.SENSOR_BYTES * values, np.uint32)
            blocks[: count * values] = self._blocks[: count * values]
            self._blocks = blocks
        if 2 * count >= len(self._record_slots):
            self._record_slots = zeros(4 * len(self._record_slots), np.int64)
            sensors.refill_slots(
                self._record_table.ctypes.data,
                count,
                self._record_slots.ctypes.data,
                len(self._record_slots) - 1,
            )
        self._record_text = _larger(self._record_text, len(self._scratch) // 5)


def _larger(array: np.ndarray, least: int) -> np.ndarray:
    """A copy with as much memory again after it, and at least so much."""
    grown = room(2 * len(array) + least, array.dtype.type)
    grown[: len(array)] = array
    return grown


def follow(
    records: bytes | memoryview, dialect: DialectSpec, limits: Limits, order: Order
) -> Order:
    """What is known of sensors in a repeated hour after these whole records."""
    assert dialect.plan is not None
    text = np.frombuffer(records, np.uint8)
    days = compiled(dialect.plan).repeated_days
    if order.size == 0 and days is not None and not days.may_be_in(text, dialect):
        return order
    return PlanBatch(text, dialect, dialect.plan, limits, order).follow()


def with_plan(dialect: DialectSpec) -> DialectSpec:
    """A dialect whose timestamps have a format of their own, as one with a read plan.

    Such dialects are those of three columns; they were made before there were read plans, and while
    a file is examined.
    """
    form, positions = dialect.timestamp_format, dialect.columns
    if dialect.plan is not None or form is None or min(positions) < 0:
        return dialect
    names = dict(zip(positions, COLUMNS, strict=True))
    plan = ReadPlan(
        layout="long",
        columns=tuple(names.get(k, f"#{k + 1}") for k in range(max(positions) + 1)),
        time=TimePlan(parts=(positions[1],), formats=(form,)),
        values=(positions[2],),
        sensor=(positions[0],),
        decimal="any" if dialect.decimal == "," else ".",
    )
    return dialect.model_copy(update={"plan": plan})
