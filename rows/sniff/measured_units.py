"""Units of what is measured: numbers with one are readings, and not the numbers of devices."""

from __future__ import annotations

import re
from typing import Final

from rows.sniff.known_columns import KnownColumns

_IN_BRACKETS: Final = re.compile(r"[(\[]\s*([^()\[\]]{1,12}?)\s*[)\]]\s*$")
_UNITS: Final = frozenset(
    {"mV", "kV", "mA", "kA", "kW", "MW", "Wh", "kWh", "MWh", "VA", "kVA", "var", "kvar", "kVAr"}
    | {"°C", "°F", "degC", "degF", "℃", "℉", "%", "%RH", "% RH", "%rH", "% rH"}
    | {"bar", "mbar", "Pa", "hPa", "kPa", "psi", "Hz", "kHz", "dB", "dBm", "ms", "ppm", "ppb"}
    | {"l/h", "l/min", "l/s", "m3", "m³", "m3/h", "m³/h", "m/s", "mm/s", "rpm", "lx", "lux"}
    | {"kJ", "MJ", "GJ", "kg", "mm", "cm", "µg/m³", "µg/m3"}
)
# These are names of phases, lines and the like, too: `Meter (A)`.
_SHORT_UNITS: Final = frozenset({"V", "A", "W", "C", "F", "K", "J", "s", "h", "min", "m", "l", "g"})


def has_unit(known: KnownColumns, place: int) -> bool:
    """Whether the name of a column, or a line of units under it, says a unit: `Gateway [ms]`."""
    return _in_brackets(known, place) in _UNITS or any(
        said.strip(" ()[]") in _UNITS | _SHORT_UNITS for said in known.structure.units_of(place)
    )


def may_have_unit(known: KnownColumns, place: int) -> bool:
    """Whether the name of a column has a letter in brackets that can be a unit: `Inverter (W)`."""
    return _in_brackets(known, place) in _SHORT_UNITS


def _in_brackets(known: KnownColumns, place: int) -> str | None:
    found = _IN_BRACKETS.search(known.name(place).partition("#")[0])
    return found[1] if found else None
