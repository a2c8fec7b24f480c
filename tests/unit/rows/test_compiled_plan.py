"""What kernels are given addresses of lives as long as the plan."""

from __future__ import annotations

import gc
import weakref

import numpy as np

from rows.compiled_plan import CompiledPlan, known_zones
from rows.instant_program import month_names, weekday_names
from rows.kernels import plan_layout as at
from schemas.read_plan import ReadPlan, TimePlan

_TABLES = (month_names, weekday_names, known_zones)
PLAN = ReadPlan(
    layout="long",
    columns=("sensor", "time", "zone", "value"),
    time=TimePlan(parts=(1,), formats=("%A, %d %B %Y %H:%M",), zone_parts=(2,)),
    values=(3,),
    sensor=(0,),
)


def clear() -> None:
    for table in _TABLES:
        table.cache_clear()


def test_tables_that_another_thread_replaces_in_the_cache_are_kept() -> None:
    """Of two threads that make a table at the same moment one has another than the cache."""
    clear()
    plan = CompiledPlan(PLAN)
    tables = [month_names(), weekday_names(), known_zones()[1]]
    addresses = [plan.settings[k] for k in (at.MONTHS_AT, at.WEEKDAYS_AT, at.ZONE_NAMES_AT)]
    assert [table.ctypes.data for table in tables] == addresses
    kept = [weakref.ref(table) for table in tables]
    clear()
    del tables
    gc.collect()
    assert all(table() is not None for table in kept)
    del plan
    gc.collect()
    assert all(table() is None for table in kept)


def test_the_zone_of_a_cell_is_made_once() -> None:
    plan = CompiledPlan(PLAN)
    number = plan.zone_names.index("Europe/Berlin")
    first = plan.zone_of_cell(number)
    assert plan.zone_of_cell(number) is first
    assert len(first) == at.ZONE_WORDS
    assert np.any(np.array(first))
