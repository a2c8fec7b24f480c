"""`convert`: canonical CSV or Parquet, rejected rows, and the exit code of the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cli.commands.convert_file import convert_file
from cli.exit_codes import CommandError
from cli.received import written_whole

_GOOD = b"sensor_id,timestamp,value\na,2024-05-01T10:00:00+02:00,0.1\nb,1714557601.5,-3e300\n"
_MIXED = _GOOD + b"c,yesterday,1\nd,2024-05-01,=1+1\n"


def _convert(
    folder: Path,
    data: bytes,
    *,
    to: Literal["csv", "parquet"] = "csv",
    output: Path | None = None,
    rejects: Path | None = None,
    name: str = "readings.csv",
    **options: Any,
) -> int:
    path = folder / name
    path.write_bytes(data)
    return convert_file(
        str(path), filename=None, options=options, to=to, output=output, rejects=rejects
    )


def test_csv_is_canonical(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert _convert(tmp_path, _GOOD) == 0
    assert capfdbinary.readouterr().out == (
        b"sensor_id,timestamp,value\n"
        b"a,2024-05-01T08:00:00.000000Z,0.1\n"
        b"b,2024-05-01T10:00:01.500000Z,-3e+300\n"
    )


def test_notices_go_to_stderr(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = "Druck;Zeit;Sensor\n".encode("cp1252") + "".join(
        f"{value};2024-05-01 {hour}:00;Kö\u0153ln\n"
        for value, hour in (("1", 10), ("2", 11), ("-9999", 12), ("3", 11))
    ).encode("cp1252")
    assert _convert(tmp_path, data, sensor_column=["Sensor"], value_column=["Druck"]) == 0
    shown = capfd.readouterr()
    assert len(shown.out.splitlines()) == 5
    notices = [line.split(": ")[1] for line in shown.err.splitlines()]
    assert notices == ["notice encoding", "notice sentinel", "notice times_go_back"]
    assert "1 timestamp is earlier than the one before of the same sensor, in row 4" in shown.err


def test_cells_of_a_wide_record_follow_each_other(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data = b"Time;north;south\n2024-05-01 10:00;1,5;2\n2024-05-01 10:10;;3\n"
    assert _convert(tmp_path, data) == 0
    assert capfdbinary.readouterr().out.splitlines()[1:] == [
        b"north,2024-05-01T10:00:00.000000Z,1.5",
        b"south,2024-05-01T10:00:00.000000Z,2",
        b"south,2024-05-01T10:10:00.000000Z,3",
    ]


def test_readings_are_written_into_a_file(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    into = tmp_path / "out.parquet"
    assert _convert(tmp_path, _GOOD, to="parquet", output=into) == 0
    assert pq.read_table(into).column("sensor_id").to_pylist() == ["a", "b"]
    assert capfdbinary.readouterr().out == b""
    assert not list(tmp_path.glob("*.part"))


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere"):
        _convert(tmp_path, _GOOD, output=tmp_path / "nowhere" / "out.csv")


def test_a_fault_of_another_file_is_not_that_of_the_output(tmp_path: Path) -> None:
    into, other = tmp_path / "out.csv", tmp_path / "gone.csv"
    with pytest.raises(FileNotFoundError, match="gone"), written_whole(into) as file:
        file.write(other.read_bytes())
    assert list(tmp_path.iterdir()) == []


def test_parquet_has_the_same_readings(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert _convert(tmp_path, _GOOD, to="parquet") == 0
    table = pq.read_table(io.BytesIO(capfdbinary.readouterr().out))
    assert table.schema.field("timestamp").type == pa.timestamp("us", tz="UTC")
    assert table.column("sensor_id").to_pylist() == ["a", "b"]
    assert table.column("value").to_pylist() == [0.1, -3e300]
    assert table.column("timestamp").cast("int64").to_pylist() == [
        1_714_550_400_000_000,
        1_714_557_601_500_000,
    ]


def test_rejected_rows_are_written_to_a_file(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    rejects = tmp_path / "rejects.csv"
    assert _convert(tmp_path, _MIXED, rejects=rejects) == 3
    seen = capfdbinary.readouterr()
    assert len(seen.out.splitlines()) == 3
    assert b"2 readings, 2 invalid rows" in seen.err
    rows = list(csv.DictReader(rejects.open(encoding="utf-8", newline="")))
    assert [(row["row"], row["line"], row["column"], row["code"]) for row in rows] == [
        ("3", "4", "timestamp", "timestamp_format"),
        ("4", "5", "value", "value_format"),
    ]
    # What a spreadsheet would take for a formula is defused.
    assert rows[1]["observed"] != "=1+1"
    assert rows[1]["observed"].endswith("=1+1")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"sensor_id,timestamp,value\n", 0),
        (_GOOD, 0),
        (_MIXED, 3),
        (b"sensor_id,timestamp,value\na,yesterday,1\n", 4),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), 4),
        (b"when,x,y\n01/02/2024,1,2\n02/02/2024,2,3\n", 4),
    ],
)
def test_the_exit_code_is_the_status_of_the_file(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], data: bytes, code: int
) -> None:
    assert _convert(tmp_path, data) == code
    if code == 4:
        assert capfdbinary.readouterr().out == b"sensor_id,timestamp,value\n"


def test_a_failed_file_gives_an_empty_parquet_file(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data = b"when,x,y\n01/02/2024,1,2\n02/02/2024,2,3\n"
    assert _convert(tmp_path, data, to="parquet") == 4
    assert pq.read_table(io.BytesIO(capfdbinary.readouterr().out)).num_rows == 0


def test_a_file_in_doubt_shows_commands_to_copy(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data = b"sensor,time,value\na,01/02/2024 10:00,1\na,02/02/2024 10:00,2\n"
    assert _convert(tmp_path, data) == 4
    assert b"--timestamp-format" in capfdbinary.readouterr().err


def test_read_options_are_followed(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data = b"sensor,time,value\na,01/02/2024 10:00,1\n"
    code = _convert(tmp_path, data, timestamp_format=["%d/%m/%Y %H:%M"], timezone="Europe/Berlin")
    assert code == 0
    assert b"a,2024-02-01T09:00:00.000000Z,1\n" in capfdbinary.readouterr().out


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        convert_file(
            str(tmp_path / "none.csv"),
            filename=None,
            options={},
            to="csv",
            output=None,
            rejects=None,
        )


def test_the_notes_of_a_large_file_do_not_grow_with_it(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    data = b"sensor_id,timestamp,value\n" + b"a,0,1\na,x,1\n" * 100_000
    assert _convert(tmp_path, data) == 3
    seen = capfdbinary.readouterr()
    assert len(seen.out.splitlines()) == 100_001
    assert len(seen.err.splitlines()) == 2
    assert len(seen.err) < 400


def test_a_file_with_more_invalid_rows_than_allowed_has_no_reading_but_its_rejects(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    rejects = tmp_path / "rejects.csv"
    assert _convert(tmp_path, _MIXED, rejects=rejects, max_invalid="1") == 4
    seen = capfdbinary.readouterr()
    assert seen.out == b"sensor_id,timestamp,value\n"
    assert b"max_invalid_exceeded: 2 of 4 rows are invalid, and max_invalid is 1" in seen.err
    assert len(rejects.read_text(encoding="utf-8").splitlines()) == 3
    assert _convert(tmp_path, _MIXED, max_invalid="50%") == 3
    assert len(capfdbinary.readouterr().out.splitlines()) == 3
