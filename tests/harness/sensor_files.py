"""Sensor files made from a seed, one kind for each thing that a file may do.

The same kind, rows and seed give the same bytes, on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

HEADER: Final = "sensor_id,timestamp,value"
_START: Final = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)

# One or more records for every code; all are one record with one fault.
DIRTY: Final[dict[str, tuple[str, ...]]] = {
    "missing_fields": ("s1,2023-11-14", "s1", '"",'),
    "extra_fields": ("s1,2023-11-14,1,x", "s1,2023-11-14,1,,0"),
    "sensor_id_empty": (",2023-11-14,1", " \t,2023-11-14,1", '"",2023-11-14,1'),
    "sensor_id_too_long": ("x" * 257 + ",2023-11-14,1", "ü" * 300 + ",2023-11-14,1"),
    "sensor_id_control_character": (
        "s\t1,2023-11-14,1",
        "s\x011,2023-11-14,1",
        '"s\n1",2023-11-14,1',
        '"s\n\n1",2023-11-14,1',
        "s\x7f,2023-11-14,1",
    ),
    "sensor_id_encoding": ("s\udcff,2023-11-14,1", "\udcc3,2023-11-14,1"),
    "timestamp_empty": ("s1,,1", "s1, ,1"),
    "timestamp_format": (
        "s1,yesterday,1",
        "s1,14.11.2023,1",
        "s1,2023-11-14T22,1",
        's1," 2023-11-14",1',
        "s1,2023/11/14,1",
    ),
    "timestamp_range": (
        "s1,2023-02-29,1",
        "s1,2023-11-31T00:00:00Z,1",
        "s1,2023-11-14T24:00:00Z,1",
        "s1,2023-11-14T23:59:60Z,1",
        "s1,1850-01-01,1",
        "s1,2400-01-01,1",
        "s1,99999999999,1",
    ),
    "value_empty": ("s1,2023-11-14,", "s1,2023-11-14,\t", 's1,2023-11-14,""'),
    "value_format": (
        "s1,2023-11-14,warm",
        's1,2023-11-14,"1,5"',
        "s1,2023-11-14,0x10",
        "s1,2023-11-14,1_000",
        "s1,2023-11-14,1e",
        "s1,2023-11-14,--1",
        's1,2023-11-14," 1"',
    ),
    "value_not_finite": (
        "s1,2023-11-14,nan",
        "s1,2023-11-14,-Infinity",
        "s1,2023-11-14,INF",
        "s1,2023-11-14,1e999",
    ),
}
# Text after a closing quote.
DAMAGED: Final = ('"s1"x,2023-11-14,1', 's1,"2023-11-14"Z,1', 's1,2023-11-14,"1"0')


@dataclass(frozen=True, slots=True)
class SensorFile:
    """A generated file; `name` has kind, rows and seed."""

    name: str
    data: bytes


def generate(kind: str, rows: int, seed: int) -> SensorFile:
    """The file of `kind` (one of `KINDS`) with `rows` records, valid and invalid together."""
    random_ = random.Random(f"{kind}/{rows}/{seed}")
    text = KINDS[kind](random_, rows)
    data = text.encode("utf-8", "surrogateescape")
    return SensorFile(f"{kind}-{rows}-{seed}.csv", data)


def _timestamps(random_: random.Random, rows: int) -> Iterator[str]:
    """Rising on the whole, sometimes equal, sometimes backwards, in every form of the contract."""
    moment = _START
    for _ in range(rows):
        moment += timedelta(milliseconds=random_.choice((0, 100, 1000, 1000, 1000, 60_000, -5_000)))
        yield moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _any_timestamp(random_: random.Random) -> str:
    moment = _START + timedelta(microseconds=random_.randrange(-(10**15), 10**15))
    plain = moment.strftime("%Y-%m-%d %H:%M:%S")
    return random_.choice(
        (
            plain[:10],
            plain[:16],
            plain,
            plain.replace(" ", "T") + "Z",
            moment.isoformat(timespec="microseconds"),
            f"{plain}.{random_.randrange(10**9):09d}",
            f"{plain}.{random_.randrange(10)}Z",
            f"{plain}+0{random_.randrange(10)}:30",
            f"{plain}-0{random_.randrange(10)}00",
            f"{plain}+1{random_.randrange(4)}",
            str(int(moment.timestamp())),
            str(int(moment.timestamp()) * 1000 + random_.randrange(1000)),
            str(int(moment.timestamp()) * 10**6 + random_.randrange(10**6)),
            str(int(moment.timestamp()) * 10**9 + random_.randrange(10**9)),
            f"{int(moment.timestamp())}.{random_.randrange(10**6):06d}",
        )
    )


def _any_value(random_: random.Random) -> str:
    value = random_.gauss(20, 1000)
    return random_.choice(
        (
            f"{value:.3f}",
            f"{value:.0f}",
            f"{value:+.2f}",
            repr(value),
            f"{value:e}",
            f"{value:.17E}",
            f"{random_.random():.4f}"[1:],
            f"{abs(value):.0f}.",
            "0",
            "-0.0",
            repr(random_.uniform(-1, 1) * 10.0 ** random_.randrange(-300, 300)),
        )
    )


def _plain_rows(random_: random.Random, rows: int, sensors: int) -> Iterator[str]:
    for moment in _timestamps(random_, rows):
        yield f"s{random_.randrange(sensors):05d},{moment},{random_.gauss(20, 5):.3f}"


def _clean(random_: random.Random, rows: int) -> str:
    return "\n".join([HEADER, *_plain_rows(random_, rows, 100), ""])


def _no_header(random_: random.Random, rows: int) -> str:
    return "\n".join(_plain_rows(random_, rows, 20))  # and no line end after the last row


def _crlf(random_: random.Random, rows: int) -> str:
    lines = [HEADER, *_mixed(random_, rows, 0.02)]
    return "\ufeff" + "".join(line.replace("\n", "\r\n") + "\r\n" for line in lines)


def _many_sensors(random_: random.Random, rows: int) -> str:
    ids = list(range(rows))
    random_.shuffle(ids)
    lines = [f"sensor-{i // 2:09d},{1_700_000_000 + i},{i % 977}.{i % 10}" for i in ids]
    return "\n".join([HEADER, *lines, ""])


def _any_form(random_: random.Random, rows: int) -> str:
    lines = [
        f" s{random_.randrange(30)}\t,{_any_timestamp(random_)} , {_any_value(random_)}"
        for _ in range(rows)
    ]
    return "\n".join([HEADER, *lines, ""])


def _unicode(random_: random.Random, rows: int) -> str:
    names = (
        "fühler-1",
        "датчик",
        "温度計",
        "📟",
        "e\u0301",
        "é",
        "ſ",
        "a\u00a0b",
        "\u2028",
        "x'y;z\\n",
    )
    lines = [
        f"{random_.choice(names)},{moment},{random_.gauss(0, 1):.6g}"
        for moment in _timestamps(random_, rows)
    ]
    return "\n".join([HEADER, *lines, ""])


def _columns(random_: random.Random, rows: int) -> str:
    """Columns in another order, in other cases, among others that do not matter."""
    lines = [" Value ,site,TIMESTAMP,note,Sensor_ID"]
    for moment in _timestamps(random_, rows):
        fields = [f"{random_.gauss(0, 9):.2f}", "north", moment, "", f"s{random_.randrange(9)}"]
        if random_.random() < 0.01:
            fields[random_.choice((0, 2, 4))] = ""
        if random_.random() < 0.01:
            fields = random_.choice((fields[:4], [*fields, "more"], [*fields, " "]))
        lines.append(",".join(fields))
    return "\n".join([*lines, ""])


def _quoted(random_: random.Random, rows: int) -> str:
    """Quotes with separators, quotes and line breaks in them, in a further column and in ids."""
    lines = ['"note","sensor_id","timestamp","value"']
    for moment in _timestamps(random_, rows):
        note = random_.choice(
            (
                "",
                "plain",
                '"a,b"',
                '"say ""no"""',
                '"two\nlines"',
                '"\n\n,,\n"',
                '"cr\r\nlf"',
                'in"ner',
            )
        )
        name = random_.choice(
            ("s1", '"s1"', '" s1 "', '"a,b"', '"a""b"', 'in"ner', '"broken\nid"' if note else "s2")
        )
        value = f"{random_.gauss(0, 9):.2f}"
        value = random_.choice((value, f'"{value}"'))
        lines.append(f'{note},{name},"{moment}",{value}')
    return "\n".join([*lines, ""])


def _mixed(random_: random.Random, rows: int, share: float) -> Iterator[str]:
    """Plain rows, `share` of them with one fault each, and blank lines in between."""
    codes = list(DIRTY)
    for line in _plain_rows(random_, rows, 50):
        if random_.random() < share:
            yield random_.choice(DIRTY[random_.choice(codes)])
        else:
            yield line
        if random_.random() < share / 10:
            yield random_.choice(("", " ", "\t "))


def _dirty(random_: random.Random, rows: int) -> str:
    """Every code once at least where there are rows enough, and a tenth of all rows faulty."""
    every = [line for lines in DIRTY.values() for line in lines][:rows]
    lines = [*_mixed(random_, rows - len(every), 0.1), *every]
    random_.shuffle(lines)
    return "\n".join([HEADER, *lines, ""])


def _damaged(random_: random.Random, rows: int) -> str:
    lines = [
        random_.choice(DAMAGED) if random_.random() < 0.02 else line
        for line in _plain_rows(random_, rows, 10)
    ]
    if rows > 50:  # opened here, and no later quote that could close it
        lines[-20] = 's1,2023-11-14,"1'
        lines[-19:] = [line.replace('"', "") for line in lines[-19:]]
    return "\n".join([HEADER, *lines, ""])


def _hopeless(random_: random.Random, rows: int) -> str:
    """Not one valid row."""
    lines = [random_.choice(DIRTY["value_format"]) for _ in range(rows)]
    return "\n".join([HEADER, *lines, ""])


KINDS: Final[dict[str, Callable[[random.Random, int], str]]] = {
    "clean": _clean,
    "dirty": _dirty,
    "quoted": _quoted,
    "crlf": _crlf,
    "no_header": _no_header,
    "columns": _columns,
    "many_sensors": _many_sensors,
    "unicode": _unicode,
    "any_form": _any_form,
    "damaged": _damaged,
    "hopeless": _hopeless,
}
