"""`csv-processor inspect`: how a file is read, offline, with suggestions as options to copy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness.command import ROOT

ENVIRONMENT = {"PATH": "", "CSV_PROCESSOR_API": "http://127.0.0.1:9"}  # no API is needed
ZONED = "Time Zone,Europe/Berlin\nTime,Temp\n2024-06-14 10:00,21.4\n2024-06-14 10:15,21.5\n"
IN_DOUBT = "Date Time,Temp\n05/06/2024 10:00,21.4\n05/06/2024 11:00,21.5\n"


def _run(verb: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cli", verb, *arguments]
    return subprocess.run(command, capture_output=True, cwd=ROOT, env=ENVIRONMENT)


def _inspected(folder: Path, text: str, *options: str) -> tuple[int, dict[str, Any]]:
    path = folder / "a.csv"
    path.write_text(text)
    done = _run("inspect", str(path), "--json", *options)
    return done.returncode, json.loads(done.stdout)


@pytest.mark.slow
def test_each_property_says_how_it_was_determined(tmp_path: Path) -> None:
    code, found = _inspected(tmp_path, ZONED, "--missing", "NA", "--sensor", "{stem}/{column}")
    assert code == 0
    assert (found["error"], found["suggestions"]) == (None, [])
    assert found["layout"] == {"value": "wide", "source": "header"}
    assert found["timezone"] == {"value": "Europe/Berlin", "source": "header"}
    assert found["missing"]["source"] == "option"
    assert found["sensor"] == {"value": "a/{column}", "source": "option"}
    assert [(c["name"], c["role"]) for c in found["columns"]] == [
        ("Time", "timestamp"), ("Temp", "value")
    ]  # fmt: skip
    first = found["readings"][0]
    assert (first["sensor_id"], first["value"]) == ("a/Temp", 21.4)
    assert first["timestamp"].startswith("2024-06-14T08:00:00")


@pytest.mark.slow
def test_a_file_in_doubt_exits_with_4_and_its_suggestions_convert_it(tmp_path: Path) -> None:
    code, found = _inspected(tmp_path, IN_DOUBT)
    assert (code, found["code"]) == (4, "timestamp_ambiguous")
    assert len(found["suggestions"]) == 2
    assert found["dialect"]["delimiter"] == {"value": ",", "source": "content"}
    form = found["suggestions"][0]["options"]["timestamp_format"][0]
    done = _run("convert", str(tmp_path / "a.csv"), "--timestamp-format", form)
    assert done.returncode == 0
    assert done.stdout.decode().splitlines() == [
        "sensor_id,timestamp,value",
        "Temp,2024-06-05T10:00:00.000000Z,21.4",
        "Temp,2024-06-05T11:00:00.000000Z,21.5",
    ]


@pytest.mark.slow
def test_text_for_people_names_the_command_for_each_suggestion(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(IN_DOUBT)
    done = _run("inspect", str(tmp_path / "a.csv"))
    assert done.returncode == 4
    assert b"--timestamp-format" in done.stdout
    lines = done.stdout.decode().splitlines()
    detected = lines[lines.index("detected") + 1 :]
    assert detected[:2] == ["layout    wide  (header)", "time      Date Time  (header)"]
    assert "columns   Date Time, Temp" in detected
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_wrong_use() -> None:
    for arguments in (("no-such-file.csv",), ("samples/clean.csv", "--layout", "diagonal")):
        done = _run("inspect", *arguments)
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
