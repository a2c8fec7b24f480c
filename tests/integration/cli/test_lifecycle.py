"""Replay, resubmission and deletion by the command line, on a real stack."""

from __future__ import annotations

import csv
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from embedded.stack import Stack
from tests.harness.command import ROOT, Command
from tests.unit.rows.containers.archives import zip_of

ROWS = b"pump-1,2026-03-01T00:00:00Z,1\npump-1,2026-03-01T00:01:00Z,-\npump-1,noon,3\n"


@pytest.fixture
def run(stack: Stack) -> Command:
    """The command line with the shared stack's API."""
    return Command(stack.endpoints["CSV_PROCESSOR_API"])


@pytest.fixture
def file_id(run: Command) -> str:
    """A file with one valid row and two invalid ones."""
    sent = ("--filename", "pumps.csv", "--force", "--wait", "--json")
    done = run("upload", "-", *sent, stdin=ROWS)
    assert done.code == 3
    return str(done.answer["file_id"])


@pytest.mark.slow
def test_replay_overrules_how_a_file_was_read(run: Command, file_id: str) -> None:
    done = run("replay", file_id, "--delimiter", "semicolon", "--wait", "--json")
    assert (done.code, done.answer["generation"], done.answer["invalid_count"]) == (4, 2, 0)
    assert "layout_unknown" in done.answer["error"]
    begun = run("replay", file_id, "--delimiter", "auto")
    assert (begun.code, begun.out) == (0, f"generation 3 of {file_id} has begun\n")
    watched = run("watch", file_id, "--json")
    assert (watched.code, watched.answer["generation"]) == (3, 3)
    assert watched.answer["aggregations"]["row_count"] == 1


@pytest.mark.slow
def test_invalid_rows_are_exported_corrected_and_resubmitted(
    run: Command, file_id: str, tmp_path: Path
) -> None:
    rows = list(csv.DictReader(io.StringIO(run("invalid", file_id, "--csv").out)))
    rows[0]["value"] = "-2"
    rows.append({**rows[0], "row": "1"})
    path = tmp_path / "mended.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    done = run("resubmit", file_id, path)
    assert done.code == 3
    assert done.out.startswith("1 row taken as ")
    assert "1 row left as exported" in done.out
    assert "row 1: this is not an invalid row of the file" in done.out
    again = run("resubmit", file_id, path, "--wait", "--json")
    assert (again.code, again.answer["resubmission_of"]) == (0, file_id)
    shown = run("show", file_id)
    assert "corrected 1 of 2 invalid rows" in shown.out
    refused = run("replay", file_id)
    assert (refused.code, refused.stdout) == (1, b"")
    assert "Has Resubmissions" in refused.stderr
    nothing = run("resubmit", file_id, "-", "--json", stdin=b"row,sensor_id,timestamp,value\n")
    assert (nothing.code, nothing.answer["code"]) == (1, "no_rows_accepted")


@pytest.mark.slow
def test_corrected_rows_of_a_container_reach_its_members(run: Command, tmp_path: Path) -> None:
    archive = tmp_path / "pumps.zip"
    other = b"sensor_id,timestamp,value\npump-2,2026-03-05T00:00:00Z,-\n"
    fine = b"sensor_id,timestamp,value\npump-3,2026-03-05T00:00:00Z,1\n"
    head = b"sensor_id,timestamp,value\n"
    archive.write_bytes(zip_of({"a.csv": head + ROWS, "b.csv": other, "fine.csv": fine}))
    sent = run("upload", archive, "--wait", "--json")
    file_id = str(sent.answer["file_id"])
    listed = run("invalid", file_id)
    assert "a.csv, row 2, line 3" in listed.out
    assert "b.csv, row 1, line 2" in listed.out

    rows = list(csv.DictReader(io.StringIO(run("invalid", file_id, "--csv").out)))
    assert [row["member"] for row in rows] == ["a.csv", "a.csv", "b.csv"]
    path = tmp_path / "corrected.csv"

    def save(rows: list[dict[str, str]]) -> None:
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)

    # The row of b.csv is left as it was exported.
    save([{**rows[0], "value": "-2"}, *rows[1:]])
    done = run("resubmit", file_id, path, "--wait")
    assert done.code == 0, done.stderr
    assert done.out.startswith("1 row taken as ")
    assert "1 is unchanged" in done.stderr
    save([{**rows[1], "timestamp": "2026-03-01"}, {**rows[2], "value": "5"}])
    done = run("resubmit", file_id, path, "--wait", "--json")
    assert (done.code, [item["status"] for item in done.answer["items"]]) == (0, ["processed"] * 2)
    save([{name: text for name, text in row.items() if name != "file_id"} for row in rows])
    done = run("resubmit", file_id, path)
    assert done.code == 1
    assert "lacks file_id" in done.stderr
    assert "Traceback" not in done.stderr
    assert run("resubmit", file_id, path, "--filename", "x.csv").code == 2


@pytest.mark.slow
def test_an_unedited_export_is_sent_back_in_vain(run: Command, tmp_path: Path) -> None:
    rows = (
        b"sensor_id,timestamp,value\n"
        b'pump-1,2026-03-01,23,1\n"pump-2,2026-03-01,5\npump-3,2026-03-01,7\n'
    )
    sent = run("upload", "-", "--filename", "damaged.csv", "--wait", "--json", stdin=rows)
    file_id = str(sent.answer["file_id"])
    path = tmp_path / "rejects.csv"
    path.write_bytes(run("invalid", file_id, "--csv").stdout)
    done = run("resubmit", file_id, path, "--json")
    assert (done.code, done.answer["code"], done.answer["unchanged"]) == (1, "no_rows_accepted", 2)
    shown = run("show", file_id, "--json").answer
    assert (shown["status"], shown["invalid_count"], shown["corrected_count"]) == ("partial", 2, 0)


@pytest.mark.slow
def test_delete_asks_on_a_terminal_and_nowhere_else(run: Command, file_id: str) -> None:
    done = run("delete", file_id)
    assert (done.code, done.stdout) == (2, b"")
    assert "--yes" in done.stderr
    for answer, code in ((b"no\n", 1), (b"yes\n", 0)):
        outer, inner = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "cli", "delete", file_id],
            stdin=inner,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "CSV_PROCESSOR_API": run.api},
        ) as process:
            os.write(outer, answer)
            out, err = process.communicate(timeout=60)
        os.close(outer)
        os.close(inner)
        assert process.returncode == code, err
        assert b"pumps.csv, 1 valid row" in err
        assert out == (f"deleted {file_id}\n".encode() if code == 0 else b"")
    assert run("show", file_id).code == 1
    assert run("delete", file_id, "--yes", "--json").stdout == b""
    assert run("delete", "no-such-file", "--yes").code == 1
