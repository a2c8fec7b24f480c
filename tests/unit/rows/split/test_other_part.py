"""Another part of a file, beyond the head that it is recognised by: nothing of it gets the sensors,
units and names of the first part."""

from __future__ import annotations

import pytest

from rows.reader import FileReader
from rows.sniff.doubt import InDoubt
from rows.sniff.head import HEAD_BYTES
from schemas.limits import Limits
from schemas.read_options import NO_OPTIONS, ReadOptions

_MANY, _FEW = 12_000, 60


def _rows(count: int, first: int, sign: str, quote: str = "") -> str:
    return "".join(
        f"{quote}2026-03-{1 + k // 1440:02}T{k // 60 % 24:02}:{k % 60:02}:00Z{quote}{sign}{k % 10}.5\n"
        for k in range(first, first + count)
    )


# What comes before the records of the first part, and before those of the second one.
_OTHER = {
    "comment-with-id": (
        "#ts_id;4711\n#rows;4\n#Time;Level\n",
        "#ts_id;4712\n#rows;4\n#Time;Level\n",
    ),
    "comment-with-station": ("# Station: A\nTime;Level\n", "# Station: B\nTime;Level\n"),
    "comment-with-unit": ("# Unit: m\nTime;Level\n", "# Unit: cm\n"),
    "comment-with-columns": ("#ts_id;1\n#Time;Level\n", "#Time;Level;Flow\n"),
    "device": ("Device: A\nTime;Level\n", "Device: B\nTime;Level\n"),
    "device-without-header": ("Device: A\nTime;Level\n", "Device: B\n"),
    "parameter": ("Parameter;Level\nTime;Level\n", "Parameter;Flow\nTime;Level\n"),
    "unit": ("Unit;m\nTime;Level\n", "\nUnit;cm\nTime;Level\n"),
    "title": ("Hall East\nTime;Level\n", "Hall West\n\n\nTime;Level\n"),
    "units-line": ("Time;Level\n;m\n", "Time;Level\n;cm\n"),
    "title-below-header": ("Time;Level\nHall East\n", "Hall West\n\n"),
    "title-without-a-header": ("Station Linz\nTime;Level\n", "Station Wels\n"),
    "title-of-one-word": ("Linz\nTime;Level\n", "Wels\n"),
    "station-in-the-middle": ("Time;Level\n", "Station Wels\n"),
    "other-names": ("Time;Level\n", "Moment;Level;Flow\n"),
    "no-name-of-the-first": ("Time;Level\n", "Zeitstempel [UTC];Durchfluss\n"),
    "other-order": ("Time;Level\n", "Level;Time\n"),
}
_SAME = {
    "comment-with-id": (
        "#ts_id;4711\n#rows;4\n#Time;Level\n",
        "#ts_id;4711\n#rows;9\n#Time;Level\n",
    ),
    "comment-with-battery": ("# Station: A\n# Battery: OK\nTime;Level\n", "# Battery: LOW\n"),
    "device": ("Device: A\nTime;Level\n", "Device: A\nTime;Level\n"),
    "title-with-its-date": (
        "Hall East 2026-03-01 09:00\nTime;Level\n",
        "Hall East 2026-03-09 11:30\nTime;Level\n",
    ),
    "units-line": ("Time;Level\n;m\n", "Time;Level\n;m\n"),
    "title-below-header": ("Time;Level\nHall East\n", "Hall East\n"),
    "events-below-a-title": (
        "Station Linz\nTime;Level\n",
        "Battery changed\nStation offline since 9:00\nDoor open\nOK\nChannel 5 open circuit\n",
    ),
    "events": (
        "Device: A\nTime;Level\n",
        "Sensor failure\nPower;off;again\nBattery: LOW\n",
    ),
}


def _read(
    text: str, batch_bytes: int, chunk: int, options: ReadOptions = NO_OPTIONS
) -> tuple[int, set[str], FileReader]:
    """Readings, sensors, and the reader at the end."""
    data = text.encode()
    reader = FileReader(options, Limits(), batch_bytes)
    count, sensors = 0, set[str]()
    for batch in reader.batches([data[k : k + chunk] for k in range(0, len(data), chunk)]):
        found = reader.parse(batch, readings=True).readings
        assert found is not None
        count += found.num_rows
        sensors |= set(found.column("sensor_id").to_pylist())
    return count, sensors, reader


@pytest.mark.parametrize("name", _OTHER)
@pytest.mark.parametrize(("batch_bytes", "chunk"), [(1 << 20, 1 << 20), (5000, 999)])
def test_reading_ends_where_another_part_begins(name: str, batch_bytes: int, chunk: int) -> None:
    first, second = _OTHER[name]
    before = first + _rows(_MANY, 0, ";")
    assert len(before) > HEAD_BYTES
    text = before + second + _rows(700, _MANY, ";")
    count, sensors, reader = _read(text, batch_bytes, chunk)
    assert (count, sensors) == (_MANY, {"Level"})
    assert reader.damage is not None
    assert reader.damage.startswith(("other_part: line", "other_header: line"))


@pytest.mark.parametrize("name", _OTHER)
def test_another_part_within_the_head_is_asked_about(name: str) -> None:
    first, second = _OTHER[name]
    with pytest.raises(InDoubt) as caught:
        _read(first + _rows(_FEW, 0, ";") + second + _rows(_FEW, _FEW, ";"), 1 << 20, 1 << 20)
    assert caught.value.code == "layout_unknown"


@pytest.mark.parametrize("name", _SAME)
@pytest.mark.parametrize("count", [_FEW, _MANY])
@pytest.mark.parametrize(("batch_bytes", "chunk"), [(1 << 20, 1 << 20), (5000, 999)])
def test_lines_that_say_the_same_begin_no_part(
    name: str, count: int, batch_bytes: int, chunk: int
) -> None:
    first, second = _SAME[name]
    text = first + _rows(count, 0, ";") + second + _rows(700, count, ";")
    found, sensors, reader = _read(text, batch_bytes, chunk)
    assert (found, sensors, reader.damage) == (count + 700, {"Level"}, None)


# Lines before the data, and those before the records of the second part, if records begin with letters.
_LETTERS_FIRST = {
    "entry": ("Device: A\n", "Device: B\n"),
    "fields": ("Device;A\n", "Device;B\n"),
    "title": ("Hall East\n", "Hall West\nFlag;Time;Level\n"),
    "station": ("Station Linz\n", "Station Wels\n"),
}


def _letters_first(count: int, first: int) -> str:
    return "".join(f"OK;{row}\n" for row in _rows(count, first, ";").splitlines())


@pytest.mark.parametrize("name", _LETTERS_FIRST)
@pytest.mark.parametrize(("batch_bytes", "chunk"), [(1 << 20, 1 << 20), (5000, 999)])
def test_parts_are_seen_if_records_begin_with_letters(
    name: str, batch_bytes: int, chunk: int
) -> None:
    first, second = _LETTERS_FIRST[name]
    before = first + "Flag;Time;Level\n" + _letters_first(_MANY, 0)
    after = _letters_first(700, _MANY)
    count, sensors, reader = _read(before + second + after, batch_bytes, chunk)
    assert (count, sensors) == (_MANY, {"Level"})
    assert reader.damage is not None
    assert reader.damage.startswith("other_part: line")
    again, _, reader = _read(before + first + after, batch_bytes, chunk)
    assert (again, reader.damage) == (_MANY + 700, None)
    with pytest.raises(InDoubt):
        _read(first + "Flag;Time;Level\n" + _letters_first(_FEW, 0) + second + after, 5000, 999)


@pytest.mark.parametrize("first", ["Raum 12;never;x;x\n", "Raum 12;never\n"])
def test_a_record_without_a_header_is_no_line_before_the_data(first: str) -> None:
    """Its name is that of its own sensor, and a record that was cut names another."""
    options = ReadOptions(
        layout="wide",
        header=False,
        delimiter=";",
        sensor_column=("#1",),
        timestamp_column=("#2",),
        value_column=("#3", "#4"),
        decimal=".",
    )
    rows = _rows(_FEW, 0, ";").splitlines()
    text = "".join(f"Raum {n % 9};{row};1\n" for n, row in enumerate(rows))
    count, sensors, reader = _read(f"{first}{text}Raum 7\n{text}", 1 << 20, 1 << 20, options)
    assert (count, reader.damage) == (4 * _FEW, None)
    assert sensors == {f"Raum {n}/{column}" for n in range(9) for column in ("#3", "#4")}


@pytest.mark.parametrize("size", range(1, 65, 5))
def test_a_short_line_is_seen_in_every_place(size: int) -> None:
    """Blocks of 64 bytes are looked at as a whole: a line may begin and end in different ones."""
    text = f"Device: A\nFlag;Time;Level\n{_letters_first(_MANY, 0)}{'x' * size};2026-04-01;1\n"
    count, _, reader = _read(f"{text}Device: B\n{_letters_first(300, 0)}", 1 << 20, 1 << 20)
    assert (count, reader.damage is None) == (_MANY + 1, False)


def test_a_message_that_begins_with_a_word_for_a_start_is_a_row() -> None:
    text = f"Time;Level\n{_rows(_MANY, 0, ';')}Start;by hand\n{_rows(700, _MANY, ';')}"
    count, _, reader = _read(text, 5000, 999)
    assert (count, reader.damage) == (_MANY + 700, None)


@pytest.mark.parametrize("count", [_FEW, _MANY])
def test_lines_in_quotes_begin_parts_too(count: int) -> None:
    text = '"Device","A"\n"Time","Level"\n' + _rows(count, 0, ",", '"')
    text += '"Device","B"\n"Time","Level"\n' + _rows(700, count, ",", '"')
    if count == _FEW:
        with pytest.raises(InDoubt):
            _read(text, 1 << 20, 1 << 20)
        return
    found, _, reader = _read(text, 5000, 999)
    assert found == count
    assert reader.damage is not None


@pytest.mark.parametrize("count", [_FEW, _MANY])
def test_a_pattern_that_finds_another_sensor_begins_a_part(count: int) -> None:
    options = ReadOptions(
        preamble_pattern=("logger <(?P<which>[^>]+)>",), sensor="{which}/{column}"
    )
    again = f"logger <A>\nTime;Level\n{_rows(count, 0, ';')}logger <A>\n{_rows(700, count, ';')}"
    assert _read(again, 5000, 999, options)[0] == count + 700
    other = again.replace("\nlogger <A>", "\nlogger <B>")
    if count == _FEW:
        with pytest.raises(InDoubt):
            _read(other, 5000, 999, options)
        return
    found, sensors, reader = _read(other, 5000, 999, options)
    assert (found, sensors) == (count, {"A/Level"})
    assert reader.damage is not None


def test_what_decides_may_come_in_another_chunk() -> None:
    text = f"Hall East\nTime;Level\n{_rows(_MANY, 0, ';')}"
    later = f"Time;Level\n{_rows(9, _MANY, ';')}"
    for title in ("Hall West", "Hall East"):
        data = f"{text}{title}\n{later}".encode()
        at = len(f"{text}{title}\n".encode())
        for cut in (at - 3, at, at + 4):
            reader = FileReader(NO_OPTIONS, Limits(), 5000)
            batches = list(reader.batches([data[:cut], data[cut:]]))
            rows = sum(batch.span.rows for batch in batches)
            expected = _MANY if title == "Hall West" else _MANY + 10
            assert (rows, reader.damage is None) == (expected, title == "Hall East")
