"""How the records of a file follow each other, detected from its head.

Times in the hour that a clock shows twice are read by the order of records: that needs to be known
before the first of them. docs/rows.md says how.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from rows.compiled_plan import compiled
from rows.order import NOTHING
from rows.plan_batch import PlanBatch
from rows.split.splitter import RecordSplitter
from rows.zones import zone_of
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_plan import ReadPlan, RecordOrder, TimePlan

Int64s = NDArray[np.int64]

_ALL: Final = 1 << 40
_HOUR: Final = 3_600_000_000
_USUAL: Final = 0.98
_REGULAR: Final = 3  # distances that make a cadence


def with_record_order(
    dialect: DialectSpec, head: bytes, limits: Limits, *, complete: bool
) -> DialectSpec:
    """The dialect with what its head says about the order of records.

    Args:
        head: the file's first bytes in UTF-8, from its beginning.
        complete: whether that is the whole file.
    """
    plan = dialect.plan
    if plan is None or plan.time.ambiguous != "order" or not compiled(plan).has_repeated_hours:
        return dialect
    records = _records(_with_time(dialect, plan, ambiguous="invalid"), head, limits, complete)
    instants, keys = _moments(dialect, plan, records, limits)
    order = _order(instants, keys)
    if order is not None and not _has_change(instants, plan.time):
        # A logger that keeps to its clock has another phase after the next change.
        order = order.model_copy(update={"phase_us": None})
    if order is None:
        # Every time is in such an hour: what clocks show is all there is.
        local = plan.model_copy(
            update={"time": plan.time.model_copy(update={"zone": "UTC", "zone_parts": ()})}
        )
        order = _order(*_moments(dialect, local, records, limits))
        if order is not None:
            order = order.model_copy(update={"phase_us": None, "jitter_us": 0})
    if order is not None:
        order = order.model_copy(update={"whole": complete})
    return _with_time(dialect, plan, order=order or RecordOrder(unknown=True))


def _with_time(dialect: DialectSpec, plan: ReadPlan, **update: object) -> DialectSpec:
    time = plan.time.model_copy(update=update)
    return dialect.model_copy(update={"plan": plan.model_copy(update={"time": time})})


def _records(dialect: DialectSpec, head: bytes, limits: Limits, complete: bool) -> bytes:
    """The data records of the head, whole ones as far as that is known."""
    text = head[dialect.data_start :]
    if not complete:
        text = text[: max(text.rfind(b"\n"), text.rfind(b"\r")) + 1]
    cutter = RecordSplitter(dialect, limits, _ALL)
    spans = cutter.feed(text) + cutter.finish()
    begin = dialect.data_start
    return b"".join(text[span.start - begin : span.end - begin] for span in spans)


def _moments(
    dialect: DialectSpec, plan: ReadPlan, records: bytes, limits: Limits
) -> tuple[Int64s, Int64s]:
    text = np.frombuffer(records, np.uint8)
    return PlanBatch(text, dialect, plan, limits, NOTHING).moments()


def _has_change(instants: Int64s, time: TimePlan) -> bool:
    """Whether there are instants before and after a change of the clocks of the file's zone."""
    if time.zone_parts:
        return False
    zone = zone_of(time.zone)
    once = zone.first == zone.second
    begins = zone.bounds[:-1][once] - zone.first[once]
    offsets = zone.first[once][np.searchsorted(begins, instants, side="right") - 1]
    return len(np.unique(offsets)) > 1


def _order(instants: Int64s, keys: Int64s) -> RecordOrder | None:
    """The order of records with these instants and sensors; None if no time differs from another."""
    by_sensor = np.argsort(keys, kind="stable")
    times, sensors = instants[by_sensor], keys[by_sensor]
    same = sensors[1:] == sensors[:-1]
    distances = np.diff(times)[same]
    if not distances.any():
        # No sensor has two times: the file as a whole may have.
        times, same = instants, np.ones(max(0, len(instants) - 1), bool)
        distances = np.diff(times)
    if not distances.any():
        return None
    descending = int((distances < 0).sum()) > int((distances > 0).sum())
    if descending:
        distances = -distances
    on = np.sort(distances[distances > 0])
    step = int(on[(len(on) - 1) // 2])
    back = -distances[distances < 0]
    back = back[back < _HOUR]
    phases = np.unique(instants % step)
    return RecordOrder(
        descending=descending,
        step_us=step,
        repeats=_repeats(times, same),
        phase_us=int(phases[0]) if len(phases) == 1 and len(on) >= _REGULAR else None,
        jitter_us=int(back.max()) if len(back) else 0,
    )


def _repeats(times: Int64s, same: NDArray[np.bool_]) -> int:
    """Records of a sensor that share a time, 0 if it is not the same number nearly always."""
    begins = np.flatnonzero(np.concatenate([[True], ~same | (np.diff(times) != 0)]))
    runs = np.diff(np.append(begins, len(times)))
    counts = np.bincount(runs)
    usual = int(counts.argmax())
    return usual if counts[usual] >= _USUAL * len(runs) else 0
