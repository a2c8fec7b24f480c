"""Records are passed over by their days only if none of them can have a time in a repeated hour."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from rows.repeated_days import RepeatedDays, repeated_days
from schemas.events import DialectSpec
from schemas.read_plan import TimePlan

# Clocks of Havana are put back at midnight, those of Lord Howe by half an hour.
_ZONES = ["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "America/New_York"]
_FORMS = {
    "iso": "%Y-%m-%dT%H:%M:%S",
    "%d.%m.%Y %H:%M": "%d.%m.%Y %H:%M",
    "%m/%d/%y %H:%M:%S": "%m/%d/%y %H:%M:%S",
    "%H.%M;%Y/%m/%d": "%H.%M;%Y/%m/%d",
}


def _days(form: str, zone: str) -> RepeatedDays:
    found = repeated_days(TimePlan(parts=(1,), formats=(form,), zone=zone, ambiguous="order"))
    assert found is not None
    return found


def _dialect(**more: object) -> DialectSpec:
    spec = {"delimiter": "|", "columns": (0, 1, 2), "width": 3, "header": False, **more}
    return DialectSpec.model_validate(spec)


def _may_be_in(days: RepeatedDays, text: str) -> bool:
    return days.may_be_in(np.frombuffer(text.encode(), np.uint8), _dialect())


def _records(stamps: list[str], draw: random.Random) -> str:
    return "".join(
        f"{'s' * draw.randrange(70)}|{stamp}|{draw.gauss(20, 4):.3f}\n" for stamp in stamps
    )


def _is_repeated(day: date, zone: ZoneInfo) -> bool:
    """Whether clocks show a minute of a day twice."""
    midnight = datetime.combine(day, time())
    moments = [midnight + timedelta(minutes=minute) for minute in range(0, 24 * 60, 15)]
    return any(
        moment.replace(tzinfo=zone).utcoffset() > moment.replace(tzinfo=zone, fold=1).utcoffset()  # type: ignore[operator]
        for moment in moments
    )


@pytest.mark.parametrize("zone", _ZONES)
@pytest.mark.parametrize("form", _FORMS)
def test_days_with_a_repeated_hour_are_found_and_no_others(form: str, zone: str) -> None:
    draw = random.Random(f"{form} {zone}")
    days, clock = _days(form, zone), ZoneInfo(zone)
    every = [date(2019, 12, 30) + timedelta(days=k) for k in range(800)]
    repeated = {day for day in every if _is_repeated(day, clock)}
    assert len(repeated) == 2
    # The time of day can be 24:00 of the day before.
    near = repeated | {day - timedelta(days=1) for day in repeated}
    for day in every:
        moment = datetime.combine(day, time(draw.randrange(24), draw.randrange(60)))
        others = [every[k] for k in draw.sample(range(800), 6) if every[k] not in near]
        stamps = [
            datetime.combine(other, time(12, 34)).strftime(_FORMS[form])
            for other in (*others, *others[:2])
        ]
        stamps.insert(draw.randrange(len(stamps) + 1), moment.strftime(_FORMS[form]))
        found = _may_be_in(days, _records(stamps, draw))
        assert found == (day in near), (day, stamps)


def test_a_date_with_fewer_digits_is_looked_at_otherwise() -> None:
    days = _days("%d.%m.%Y %H:%M", "Europe/Berlin")
    for stamp in ("4.10.2026 02:30", "04.5.2026 02:30", "4.5.2026 02:30"):
        for before in (0, 100):
            text = "s|04.05.2026 10:00|1\n" * before + f"s|{stamp}|1\n"
            assert _may_be_in(days, text)
            assert _may_be_in(days, f"{stamp}|s|1\n" + "04.05.2026 10:00|s|1\n" * before)


def test_signs_of_dates_in_other_cells_are_no_dates_of_iso() -> None:
    days = _days("iso", "Europe/Berlin")
    text = "room-12-a|2026-05-04T10:00:00|-10-25\n" * 50
    assert not _may_be_in(days, text)
    assert _may_be_in(days, text + "room-12-a|2026-10-25T10:00:00|1\n")


def test_signs_that_quote_are_looked_at_otherwise() -> None:
    days = _days("%d'%m'%Y", "Europe/Berlin")
    text = np.frombuffer(b"s|04'05'2026|1\n", np.uint8)
    assert not days.may_be_in(text, _dialect())
    assert days.may_be_in(text, _dialect(quote="'"))
    assert days.may_be_in(text, _dialect(escape="'"))


@pytest.mark.parametrize(
    "time_plan",
    [
        TimePlan(parts=(1,), formats=("%d %m %Y",), zone="Europe/Berlin"),
        TimePlan(parts=(1,), formats=("%Y%m%d %H%M",), zone="Europe/Berlin"),
        TimePlan(parts=(1,), formats=("%d.%b.%Y",), zone="Europe/Berlin"),
        TimePlan(parts=(1,), formats=("%d.%m.%Y%H",), zone="Europe/Berlin"),
        TimePlan(parts=(1,), formats=("%j.%Y",), zone="Europe/Berlin"),
        TimePlan(parts=(1,), formats=("iso", "excel"), zone="Europe/Berlin"),
        TimePlan(parts=("2026-10-25", 1), formats=("iso",), zone="Europe/Berlin"),
        TimePlan(parts=(1,), formats=("iso",), zone="Europe/Berlin", zone_parts=(2,)),
    ],
)  # fmt: skip
def test_other_timestamps_are_looked_at_otherwise(time_plan: TimePlan) -> None:
    assert repeated_days(time_plan) is None


def test_instants_are_in_no_repeated_hour() -> None:
    plan = TimePlan(parts=(1,), formats=("epoch_ms",), zone="Europe/Berlin")
    found = repeated_days(plan)
    assert found is not None
    assert not _may_be_in(found, f"s|{int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp())}|1\n")
