"""Containers on the command line, offline: each file in them is read as one by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.command import ROOT
from tests.unit.rows.containers.archives import CSV, DAY, Row, tar_of, xlsx_of, zip_of

HEADER = "sensor_id,timestamp,value"
OTHER = b"sensor_id,timestamp,value\nb,2026-03-01T00:00:00Z,2\nb,2026-03-01T00:01:00Z,x\n"


def run(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cli", *arguments]
    return subprocess.run(command, input=data, capture_output=True, cwd=ROOT)


@pytest.mark.slow
def test_convert_writes_the_readings_of_all_members_in_their_order(tmp_path: Path) -> None:
    archive = tmp_path / "week.zip"
    archive.write_bytes(zip_of({"mon.csv": CSV, "tue.csv": OTHER}))
    done = run("convert", str(archive))
    assert done.stdout.decode().splitlines() == [
        HEADER,
        "a,2026-03-01T00:00:00.000000Z,1",
        "b,2026-03-01T00:00:00.000000Z,2",
    ]
    assert done.returncode == 3
    assert b"week.zip/tue.csv: 1 reading, 1 invalid row" in done.stderr


@pytest.mark.slow
def test_convert_reads_an_archive_from_standard_input() -> None:
    done = run("convert", "-", data=tar_of({"mon.csv": CSV}))
    assert (done.returncode, done.stdout.count(b"\n")) == (0, 2)


@pytest.mark.slow
def test_a_member_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    archive = tmp_path / "mixed.zip"
    archive.write_bytes(
        zip_of({"notes.txt": b"checked by hand\n", "mon.csv": CSV, "../x.csv": CSV})
    )
    done = run("convert", str(archive))
    assert (done.returncode, done.stdout.count(b"\n")) == (3, 2)
    assert b"mixed.zip/notes.txt: " in done.stderr
    assert b"mixed.zip/../x.csv: the member '../x.csv' names a place outside" in done.stderr


@pytest.mark.slow
def test_a_workbook_is_read_with_its_days_and_the_name_of_its_sheet(tmp_path: Path) -> None:
    book = tmp_path / "plant.xlsx"
    rows: list[Row] = [["time", "temp"], [(DAY, 46082.25), 21.5], [(DAY, 46082.5), 22.0]]
    book.write_bytes(xlsx_of({"Kiln 2": rows}))
    done = run("convert", str(book), "--timezone", "Europe/Berlin", "--sensor", "{stem}/{column}")
    assert done.stdout.decode().splitlines() == [
        HEADER,
        "Kiln 2/temp,2026-03-01T05:00:00.000000Z,21.5",
        "Kiln 2/temp,2026-03-01T11:00:00.000000Z,22",
    ]
    assert done.returncode == 0


@pytest.mark.slow
def test_inspect_shows_each_member(tmp_path: Path) -> None:
    archive = tmp_path / "week.zip"
    archive.write_bytes(zip_of({"mon.csv": CSV, "tue.csv": OTHER}))
    done = run("inspect", str(archive), "--json")
    documents = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(d["parent"], d["filename"]) for d in documents] == [
        ("week.zip", "mon.csv"),
        ("week.zip", "tue.csv"),
    ]
    assert done.returncode == 0


@pytest.mark.slow
def test_validate_counts_each_member(tmp_path: Path) -> None:
    archive = tmp_path / "week.zip"
    archive.write_bytes(zip_of({"mon.csv": CSV, "tue.csv": OTHER}))
    done = run("validate", str(archive))
    assert done.returncode == 3
    assert b"1 valid, 0 invalid" in done.stdout
    assert b"1 valid, 1 invalid" in done.stdout


@pytest.mark.slow
def test_a_container_that_cannot_be_opened_is_failed(tmp_path: Path) -> None:
    archive = tmp_path / "week.zip"
    archive.write_bytes(zip_of({"mon.csv": CSV})[:60])
    for command in ("convert", "inspect", "validate"):
        done = run(command, str(archive))
        assert done.returncode == 4
        assert b"Traceback" not in done.stderr
        assert b"is damaged" in done.stdout + done.stderr
