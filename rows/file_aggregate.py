"""What is known of a file in flight, and how an event changes it. Pure.

One state per (file_id, generation). A batch is counted once: a bit says whether it is in, and
everything that follows from the batch is folded only when its bit was clear. So any event may come
twice, late, or in any order.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from rows.turns import together
from schemas.events import BatchResult, FileSplit, decode, encode
from schemas.file_state import Terminal
from schemas.limits import MAX_INVALID_EXCEEDED
from schemas.notices import Notice, with_counted
from schemas.option_values import exceeds

_FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Extreme:
    """A smallest or greatest value with the batch it is of: of equals, the first in row order."""

    value: float
    batch_no: int


@dataclass(frozen=True, slots=True)
class FileAggregate:
    """A file in flight."""

    file_id: str
    generation: int
    # Bit n: batch n is in.
    done: int = 0
    # Bit n: batch n has no partials: neither readings nor missing or excluded ones.
    empty: int = 0
    row_count: int = 0
    invalid_count: int = 0
    record_count: int = 0
    missing_count: int = 0
    excluded_count: int = 0
    # By code of a notice: its count, and the first row it is about.
    notices: dict[str, tuple[int, int]] = field(default_factory=dict)
    smallest: Extreme | None = None
    greatest: Extreme | None = None
    codes: dict[str, int] = field(default_factory=dict)
    # Of the dialect that the batches were read with; None as long as no event says so.
    dialect_fingerprint: str | None = None
    # The first batch (by number) that could not be processed, with why.
    broken: tuple[int, str] | None = None
    split: FileSplit | None = None
    # Why its readings are withheld; decided by `apply_max_invalid` from the rest, so it is not stored.
    withheld: str | None = None

    @property
    def batches_done(self) -> int:
        return self.done.bit_count()

    @property
    def rows_done(self) -> int:
        """Data records of the batches done."""
        return self.record_count

    @property
    def complete(self) -> bool:
        """Whether the split is through and all of its batches are in."""
        if self.split is None:
            return False
        all_of_them = (1 << self.split.batches) - 1
        return self.done & all_of_them == all_of_them

    @property
    def error(self) -> str | None:
        """Why the file fails whatever its rows are; None where nothing of the kind happened."""
        if self.split is not None and self.split.error is not None:
            return self.split.error
        if self.broken is not None:
            return self.broken[1]
        return self.withheld

    def has(self, batch_no: int) -> bool:
        return bool(self.done >> batch_no & 1)


def is_read_otherwise(state: FileAggregate, event: BatchResult | FileSplit) -> bool:
    """Whether `event` is of another reading of the file than what `state` has of it.

    A split that is repeated after a crash finds the same dialect, unless a worker of another version
    or with other settings repeats it. Batches of the two do not make a file.
    """
    fingerprint = _fingerprint(event)
    return None not in (fingerprint, state.dialect_fingerprint) and (
        fingerprint != state.dialect_fingerprint
    )


def _fingerprint(event: BatchResult | FileSplit) -> str | None:
    if isinstance(event, BatchResult):
        return event.dialect_fingerprint
    return None if event.dialect is None else event.dialect.fingerprint()


def add(state: FileAggregate, event: BatchResult | FileSplit) -> FileAggregate:
    """`state` with `event`, which is of the same reading, in it; the same state where it was in
    already."""
    if (event_id(event)) != (state.file_id, state.generation):
        raise ValueError(f"an event of {event_id(event)} for the state of {state.file_id}")
    if isinstance(event, FileSplit):
        if state.split is not None:
            return state
        known = state.dialect_fingerprint or _fingerprint(event)
        return replace(state, split=event, dialect_fingerprint=known)
    if state.has(event.batch_no):
        return state
    bit = 1 << event.batch_no
    broken = state.broken
    if event.error is not None and (broken is None or event.batch_no < broken[0]):
        broken = (event.batch_no, event.error)
    codes = dict(state.codes)
    for code, count in event.codes.items():
        codes[code] = codes.get(code, 0) + count
    return replace(
        state,
        done=state.done | bit,
        empty=state.empty | (0 if has_partials(event) else bit),
        row_count=state.row_count + event.row_count,
        invalid_count=state.invalid_count + event.invalid_count,
        record_count=state.record_count + _records(event),
        missing_count=state.missing_count + event.missing_count,
        excluded_count=state.excluded_count + event.excluded_count,
        notices=together((state.notices, event.notices)),
        smallest=_smaller(state.smallest, event.min_value, event.batch_no),
        greatest=_greater(state.greatest, event.max_value, event.batch_no),
        codes=codes,
        dialect_fingerprint=state.dialect_fingerprint or event.dialect_fingerprint,
        broken=broken,
    )


def notices_of(
    state: FileAggregate, turns: Mapping[str, tuple[int, int]] | None = None
) -> tuple[Notice, ...]:
    """The notices of a file: what its head shows, then what its rows were counted for.

    Args:
        turns: what the partials of all batches show together; see `rows.turns`.
    """
    dialect = state.split.dialect if state.split is not None else None
    seen = dialect.notices if dialect is not None else ()
    return with_counted(seen, state.notices | dict(turns or {}))


def apply_max_invalid(state: FileAggregate) -> FileAggregate:
    """A file whose batches are all in, without its readings if it has more invalid rows than
    `max_invalid` allows. They are then counted as excluded, so that the counts still add up."""
    split = state.split
    most = split.dialect.max_invalid if split is not None and split.dialect is not None else None
    too_many = too_many_invalid(state.row_count, state.invalid_count, most)
    if state.error is not None or too_many is None:
        return state
    damage = f"; {split.damage}" if split is not None and split.damage is not None else ""
    return replace(without_readings(state), withheld=too_many + damage)


def without_readings(state: FileAggregate) -> FileAggregate:
    """A file none of whose readings is visible: they are counted as excluded, so that the counts
    still add up."""
    return replace(
        state,
        row_count=0,
        excluded_count=state.excluded_count + state.row_count,
        smallest=None,
        greatest=None,
    )


def too_many_invalid(valid: int, invalid: int, most: str | None) -> str | None:
    """Why a file with so many valid and invalid rows is refused by `max_invalid`; None if it is not."""
    if not exceeds(invalid, valid, most):
        return None
    withheld = "; its valid one is withheld" if valid == 1 else ""
    withheld = f"; its {valid} valid ones are withheld" if valid > 1 else withheld
    return (
        f"{MAX_INVALID_EXCEEDED}: {invalid} of {valid + invalid} rows are invalid, and max_invalid "
        f"is {most}{withheld}; correct the file, or read it again with another max_invalid (none: no "
        "limit)"
    )


def final_status(state: FileAggregate, problem: str | None = None) -> tuple[Terminal, str | None]:
    """Status and error of a file whose batches are all in; `problem` is a fault of ours."""
    error = state.error or problem
    if error is not None:
        return "failed", error
    damage = state.split.damage if state.split is not None else None
    if damage is not None:
        return "partial" if state.row_count else "failed", damage
    if state.invalid_count == 0:
        return "processed", None
    if state.row_count == 0:
        count = state.record_count
        return "failed", f"none of the {count} rows is valid" if count > 1 else "its row is invalid"
    return "partial", None


def has_partials(event: BatchResult) -> bool:
    """Whether a batch has counts of sensors: of readings, or of missing or excluded ones."""
    return event.row_count + event.missing_count + event.excluded_count > 0


def _records(event: BatchResult) -> int:
    if event.record_count is None:
        return event.row_count + event.invalid_count
    return event.record_count


def event_id(event: BatchResult | FileSplit) -> tuple[str, int]:
    """(file_id, generation) an event is of."""
    if isinstance(event, FileSplit):
        return event.file.file_id, event.file.generation
    return event.file_id, event.generation


def _smaller(now: Extreme | None, value: float | None, batch_no: int) -> Extreme | None:
    if value is None:
        return now
    if now is None or value < now.value or (value == now.value and batch_no < now.batch_no):
        return Extreme(value, batch_no)
    return now


def _greater(now: Extreme | None, value: float | None, batch_no: int) -> Extreme | None:
    if value is None:
        return now
    if now is None or value > now.value or (value == now.value and batch_no < now.batch_no):
        return Extreme(value, batch_no)
    return now


def state_key(file_id: str, generation: int) -> bytes:
    """Key of a file's state in the table `files`."""
    return f"{file_id}/{generation}".encode()


def partials_key(file_id: str, generation: int, batch_no: int) -> bytes:
    """Key of a batch's partials in the table `sensors`."""
    return f"{file_id}/{generation}/{batch_no}".encode()


def to_bytes(state: FileAggregate) -> bytes:
    """The table's value. Grows by a bit and a third per batch."""
    return orjson.dumps(
        {
            "format": _FORMAT,
            "file_id": state.file_id,
            "generation": state.generation,
            "done": _bits(state.done),
            "empty": _bits(state.empty),
            "row_count": state.row_count,
            "invalid_count": state.invalid_count,
            "record_count": state.record_count,
            "missing_count": state.missing_count,
            "excluded_count": state.excluded_count,
            "notices": state.notices,
            "smallest": _pair(state.smallest),
            "greatest": _pair(state.greatest),
            "codes": state.codes,
            "dialect_fingerprint": state.dialect_fingerprint,
            "broken": state.broken,
            "split": encode(state.split).decode() if state.split is not None else None,
        }
    )


def from_bytes(value: bytes) -> FileAggregate:
    """What `to_bytes` wrote.

    Raises:
        ValueError: it was written by another version of the product.
    """
    fields: dict[str, Any] = orjson.loads(value)
    if fields.pop("format") != _FORMAT:
        raise ValueError("the table of files was written by another version")
    split = fields.pop("split")
    event = decode(split.encode())[0] if split is not None else None
    return FileAggregate(
        file_id=fields["file_id"],
        generation=fields["generation"],
        done=_number(fields["done"]),
        empty=_number(fields["empty"]),
        row_count=fields["row_count"],
        invalid_count=fields["invalid_count"],
        # Values of versions that knew long files only lack these.
        record_count=fields.get("record_count", fields["row_count"] + fields["invalid_count"]),
        missing_count=fields.get("missing_count", 0),
        excluded_count=fields.get("excluded_count", 0),
        notices={code: (n, row) for code, (n, row) in fields.get("notices", {}).items()},
        smallest=_extreme(fields["smallest"]),
        greatest=_extreme(fields["greatest"]),
        codes=fields["codes"],
        dialect_fingerprint=fields.get("dialect_fingerprint"),
        broken=tuple(fields["broken"]) if fields["broken"] is not None else None,
        split=event if isinstance(event, FileSplit) else None,
    )


def _bits(number: int) -> str:
    return base64.b64encode(number.to_bytes((number.bit_length() + 7) // 8, "little")).decode()


def _number(bits: str) -> int:
    return int.from_bytes(base64.b64decode(bits), "little")


def _pair(extreme: Extreme | None) -> tuple[float, int] | None:
    return None if extreme is None else (extreme.value, extreme.batch_no)


def _extreme(pair: list[Any] | None) -> Extreme | None:
    return None if pair is None else Extreme(float(pair[0]), int(pair[1]))
