"""What follows from a part of a column's name: identifiers, flags beside values, parts of a second.

A role never follows from a part of a name. What does is that the numbers under it are no readings.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rows.sniff.words import folded, role_of, without_units

# A column of whole numbers whose name ends with one of these names something, and measures nothing.
_IDENTIFIERS: Final = frozenset(
    {"id", "ids", "uid", "uuid", "guid", "eui", "imei", "imsi", "iccid", "mac", "serial", "sn"}
)
# So does one word in capital letters that ends with `ID`, `STAID`, unless it is one of these.
_JOINED_ID: Final = re.compile(r"[A-Z]{2,}ID")
_ENDING_WITH_ID: Final = frozenset(
    {"acid", "fluid", "grid", "humid", "liquid", "solid", "valid", "void", "rapid", "solenoid"}
)
# These do so if the number is the same in all records.
_NUMBERED: Final = frozenset({"number", "no", "nr", "num", "nummer", "numero"})
# Codes of the weather are measured.
_MEASURED_CODES: Final = frozenset({"weather", "wmo", "wx", "wetter"})
_FLAGS: Final = frozenset(
    {"flag", "flags", "qc", "qa", "qf", "qaqc", "quality", "qualifier", "status", "state", "valid"}
    | {"validity", "approval", "grade", "code", "alarm", "error", "verified", "estimated"}
    | {"qual", "flg", "dq", "ok", "qartod", "cd"}
    | {"attribute", "attributes", "attr", "mflag", "qflag", "sflag"}
)
_MASKS: Final = frozenset(
    {"mask", "outlier", "outliers", "anomaly", "anomalous", "label", "flagged", "interpolated"}
    | {"filled", "gapfilled", "imputed", "masked", "excluded", "suspect", "changepoint"}
)
# Numbers under these say so too if they are 0 and 1: a tank is filled as well.
_MASKS_OF_NUMBERS: Final = _MASKS - {"filled", "excluded", "suspect"}
# Words of codes and bits that say how a device or a value is, after one of the other words or alone.
_OF_STATES: Final = frozenset(
    {"error", "err", "fault", "failure", "diag", "diagnostic", "diagnostics", "status", "alarm"}
    | {"warning", "warn", "flag", "qc", "quality", "info", "event"}
)
_CODES: Final = frozenset({"code", "codes", "word", "flag", "flags", "bits", "mask", "register"})
_CODES_ALONE: Final = frozenset(
    {"qc", "fqc", "qcf", "qcflag", "errorcode", "errcode", "faultcode", "statuscode", "diagcode"}
    | {"statusword", "alarmcode", "warningcode", "statusflags"}
)
_TIMES_OF_DAY: Final = re.compile(
    r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?|(?:h|hr|hour|he|ora|hora|heure|uur|std)?[ _]?"
    r"(?:0?\d|1\d|2[0-4])(?:h|00|30|15|45)?",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(
    r"(?<![\d:.])(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?![\d:])(?: ?[ap]\.?m\b\.?)?"
    r"(?: ?(?:-|to|–) ?\d?\d:[0-5]\d(?::[0-5]\d)?(?: ?[ap]\.?m\b\.?)?)?",
    re.IGNORECASE,
)
_PLAIN_NUMBER: Final = re.compile(r"\d")
_MOST_HOURS: Final = 6
# What may be between the name of a column and a word for a flag: `temperature_Measurement_Code`.
_OF_FLAGS: Final = frozenset({"measurement", "source", "data", "control", "report"})
_COUNTED: Final = re.compile(r"(.*?)[ _-]?0*(\d{1,3})")
# The hours of the day on which clocks are put forward.
_SHORTEST_DAY: Final = 23


def is_identifier(name: str) -> bool:
    """Whether the numbers under a name are those of things: `Climate ID`, `Sensor S/N`."""
    words = folded(without_units(name)).split()
    if len(words) == 1:
        return _JOINED_ID.fullmatch(name.strip()) is not None and words[0] not in _ENDING_WITH_ID
    return bool(words) and words[-1] in _IDENTIFIERS


def is_numbered(name: str) -> bool:
    """Whether a name says that what is under it is a number of something: `station number`."""
    words = folded(without_units(name)).split()
    return len(words) > 1 and words[-1] in _NUMBERED


def is_code(name: str) -> bool:
    """Whether a name says that what is under it is a code of something: `State FIPS Code`."""
    words = folded(without_units(name)).split()
    return words[-1:] == ["code"] and not _MEASURED_CODES & set(words)


def is_state_code(name: str) -> bool:
    """Whether whole numbers under a name are codes or bits of states: `GA_DIAG_CODE`, `LE_fqc`."""
    words = folded(without_units(name)).split()
    return words[-1:] == ["ssitc"] or (
        len(words) > 1
        and (
            words[-1] in _CODES_ALONE
            or (words[-1] in _CODES and words[-2] in _OF_STATES)
            or words[-2:] == ["ssitc", "test"]
        )
    )


def is_version(name: str) -> bool:
    """Whether a name says that what is under it is a version: `sw_version`, `FW rev`."""
    words = folded(without_units(name)).split()
    return words[-1:] in (["version"], ["ver"], ["rev"], ["revision"])


def names_a_mask(name: str, *, numbers: bool = False) -> bool:
    """Whether true and false (or 1 and 0) under a name say something about the values:
    `stale_data_mask`."""
    known = _MASKS_OF_NUMBERS if numbers else _MASKS
    return bool(known & set(folded(without_units(name)).split()[-1:]))


def names_a_time(name: str) -> bool:
    """Whether a name ends with a word for a date or a timestamp: `install_date`, `ingestion_ts`."""
    words = folded(without_units(name)).split()
    ends = (role_of(" ".join(words[k:])) for k in range(1, len(words)))
    return any(role is not None and role.role in ("date", "timestamp", "time") for role in ends)


def names_a_sensor(name: str) -> bool:
    """Whether a name ends with a word for the sensor: `end device id`, `iothub-connection-device-id`.

    The column can say which sensor a record is of, or something else about it.
    """
    words = folded(without_units(name)).split()
    ends = (role_of(" ".join(words[k:])) for k in range(1, len(words)))
    return any(role is not None and role.role == "sensor" for role in ends)


def flags_among(names: Sequence[str]) -> frozenset[int]:
    """The columns that say how good another one is: `Temp Flag` beside `Temp (°C)`, `QT` beside `T`."""
    bases = [
        folded(without_units(name)).replace("quality control", "qc").replace("data quality", "dq")
        for name in names
    ]
    firsts = {base.split()[0] for base in bases if base}
    known = set(bases)
    found = set()
    for place, base in enumerate(bases):
        words = base.split()
        if len(words) < 2:
            continue
        before, after = _flagged(words), " ".join(words[1:])
        if (words[-1] in _FLAGS and before & known) or (
            words[0] in _FLAGS | {"q"}
            and (after in known or (_PLAIN_NUMBER.match(after) and after in firsts))
        ):
            found.add(place)
    small = [name.strip().lower() for name in names]
    named = {*small}
    initial = {k for k, name in enumerate(small) if name[:1] == "q" and name[1:] in named}
    return frozenset(found | (initial if len(initial) > 1 else set()))


def _flagged(words: Sequence[str]) -> set[str]:
    """The names that words ending with one for a flag can be of: `a`, `a quality` of `a quality code`."""
    left = list(words[:-1])
    found = {" ".join(left)}
    while len(left) > 1 and left[-1] in _FLAGS | _OF_FLAGS:
        left.pop()
        found.add(" ".join(left))
    return found


def are_counted(names: Sequence[str]) -> bool:
    """Whether columns are numbered as the intervals of a day are: `Interval 1` to `Interval 96`.

    A word has all numbers from 1 (or 0) on, 23 at least, and few columns have other names.
    """
    numbers: dict[str, list[int]] = {}
    for name in names:
        if match := _COUNTED.fullmatch(name.strip()):
            numbers.setdefault(match[1].strip().lower(), []).append(int(match[2]))
    counted = sum(
        len(found)
        for found in numbers.values()
        if found[0] in (0, 1)
        and found == list(range(found[0], found[0] + len(found)))
        and len(found) >= _SHORTEST_DAY
    )
    return counted > 0 and counted * 4 >= len(names) * 3


def are_times_of_day(names: Sequence[str]) -> bool:
    """Whether columns are named by times of the day: `00:15`, `0:30 kWh`, `1:00 PM`, ... or `H1`, ..."""
    timed = sum(1 for name in names if _TIMES_OF_DAY.fullmatch(name.strip()))
    clocks: dict[str, set[str]] = {}
    for name in names:
        if match := _CLOCK.search(name):
            rest = name[: match.start()] + name[match.end() :]
            clocks.setdefault(rest.strip().lower(), set()).add(match[0].strip().lower())
    timed = max(timed, *(len(found) for found in clocks.values()), 0)
    return timed >= _MOST_HOURS and timed * 4 >= len(names) * 3
