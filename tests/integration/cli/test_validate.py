"""`csv-processor validate`: offline, with the exit codes of an upload that was waited for."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys

import pytest

from tests.harness.command import ROOT

ENVIRONMENT = {"PATH": "", "CSV_PROCESSOR_API": "http://127.0.0.1:9"}  # no process listens there


def _validate(*arguments: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "cli", "validate", *arguments]
    return subprocess.run(command, input=data, capture_output=True, cwd=ROOT, env=ENVIRONMENT)


@pytest.mark.slow
def test_the_worst_of_several_files_is_the_exit_code() -> None:
    done = _validate("samples/clean.csv", "samples/invalid-rows.csv")
    text = done.stdout.decode()
    assert done.returncode == 3
    assert "288 valid, 0 invalid" in text
    assert "6 valid, 13 invalid" in text
    assert "None" not in text


@pytest.mark.slow
def test_compressed_bytes_on_standard_input() -> None:
    data = gzip.compress((ROOT / "samples" / "clean.csv").read_bytes())
    done = _validate("-", "--json", data=data)
    document = json.loads(done.stdout)
    assert (done.returncode, document["status"]) == (0, "processed")
    assert (document["dialect"]["compression"]["value"], document["size_bytes"]) == (
        "gzip",
        len(data),
    )
    assert document["aggregations"]["row_count"] == 288


def test_what_an_upload_refuses_is_failed() -> None:
    done = _validate("samples/not-a-csv.png", "samples/all-invalid.csv")
    assert done.returncode == 4
    assert "look like a PNG image" in done.stderr.decode()
    assert "none of the 6 rows is valid" in done.stdout.decode()


@pytest.mark.slow
def test_wrong_use() -> None:
    for arguments in (("no-such-file.csv",), ("samples/clean.csv", "--encoding", "klingon")):
        done = _validate(*arguments)
        assert done.returncode == 2
        assert b"Traceback" not in done.stderr
