"""Units in the records beyond the head: others than those of the head are a notice."""

from __future__ import annotations

import pytest

from rows.reader import FileReader
from rows.sniff.head import HEAD_BYTES
from schemas.limits import Limits
from schemas.read_options import NO_OPTIONS, ReadOptions

_MANY = 12_000
_FORMS = {
    "last": "{time},{sensor},{value},{unit}\n",
    "first": "{unit},{time},{sensor},{value}\n",
    "between": "{time};{unit};{sensor};{value}\n",
    "blanks": "{time}; {unit} ; {sensor}; {value}\n",
    "quotes": '"{time}","{sensor}","{value}","{unit}"\n',
    "windows": "{time},{sensor},{value},{unit}\r\n",
}


def _record(form: str, k: int, unit: str) -> str:
    time = f"2026-03-{1 + k // 1440:02} {k // 60 % 24:02}:{k % 60:02}:00"
    return form.format(time=time, sensor=f"t{k % 3}", value=f"{k % 90}.5", unit=unit)


def _read(text: str, batch_bytes: int, options: ReadOptions = NO_OPTIONS) -> tuple[int, int, int]:
    """Readings, how many of them have another unit, and the row of the first."""
    reader = FileReader(options, Limits(), batch_bytes)
    readings = count = 0
    first = 0
    for batch in reader.batches([text.encode()]):
        outcome = reader.parse(batch)
        readings += outcome.row_count
        found = outcome.notices.get("several_quantities")
        if found is not None:
            count, first = count + found[0], first or found[1]
    assert reader.dialect is not None
    assert not reader.dialect.notices
    return readings, count, first


@pytest.mark.parametrize("name", _FORMS)
@pytest.mark.parametrize("batch_bytes", [1 << 20, 7000])
def test_another_unit_beyond_the_head_is_noticed(name: str, batch_bytes: int) -> None:
    form = _FORMS[name]
    header = form.format(time="time", sensor="sensor", value="value", unit="unit")
    text = header + "".join(_record(form, k, "°C") for k in range(_MANY))
    assert len(text) > HEAD_BYTES
    assert _read(text, batch_bytes) == (_MANY, 0, 0)
    dirty = (
        text
        + form.format(time="no time", sensor="a", value="1", unit="°C")
        + "\n"
        + _record(form, 1, "")
    )
    assert _read(dirty, batch_bytes)[1:] == (0, 0)
    changed = dirty + "".join(_record(form, _MANY + k, "°F") for k in range(300))
    assert _read(changed, batch_bytes)[1:] == (300, _MANY + 3)


def test_units_of_several_sensors_are_all_known() -> None:
    form = _FORMS["last"]
    units = ("°C", "%", "hPa")
    text = "time,sensor,value,unit\n" + "".join(
        _record(form, k, units[k % 3]) for k in range(_MANY)
    )
    assert _read(text, 1 << 20) == (_MANY, 0, 0)
    assert _read(text + _record(form, _MANY, "mbar"), 1 << 20) == (_MANY + 1, 1, _MANY + 1)
