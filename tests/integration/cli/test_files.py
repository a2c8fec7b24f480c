"""Files sent and read back by the command line, on a real stack."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cli.commands.demo_samples import SAMPLES, differences, samples
from embedded.stack import Stack
from tests.harness.command import ROOT, Command
from tests.unit.rows.containers.archives import CSV, zip_of

SAMPLE = {sample.name: sample for sample in samples()}


@pytest.fixture
def run(stack: Stack) -> Command:
    """The command line with the shared stack's API."""
    return Command(stack.endpoints["CSV_PROCESSOR_API"])


def _upload(run: Command, name: str, *more: str) -> str:
    """A sample sent again and processed; its id."""
    done = run("upload", SAMPLES / name, "--force", "--wait", "--json", *more)
    return str(done.answer["file_id"])


@pytest.mark.parametrize(
    ("name", "code"),
    [("clean.csv", 0), ("header-only.csv", 0), ("invalid-rows.csv", 3), ("all-invalid.csv", 4)],
)
def test_upload_waits_and_ends_with_the_code_of_the_status(
    run: Command, name: str, code: int
) -> None:
    done = run("upload", SAMPLES / name, "--force", "--wait", "--json")
    assert (done.code, done.stderr) == (code, "")
    assert differences(SAMPLE[name], done.answer) == []
    path = f"{run.api}/api/v1/files/{done.answer['file_id']}"
    assert done.stdout == httpx.get(path).content + b"\n"
    shown = run("show", done.answer["file_id"])
    assert shown.code == code
    assert done.answer["status"] in shown.out
    watched = run("watch", done.answer["file_id"], "--json")
    assert (watched.code, watched.stdout) == (code, done.stdout)


def test_upload_without_waiting_prints_what_the_api_answered(run: Command) -> None:
    done = run("upload", SAMPLES / "clean.csv", "--force", "--json")
    assert (done.code, done.stderr) == (0, "")
    assert done.answer["filename"] == "clean.csv"
    assert run("watch", done.answer["file_id"]).code == 0


@pytest.mark.slow
def test_a_file_seen_before_is_the_same_file_unless_forced(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "once.csv"
    path.write_bytes(b"once,2026-03-01,1\n")
    first, again, forced = (
        run("upload", path, "--wait", "--json", *more) for more in ([], [], ["--force"])
    )
    assert first.answer["file_id"] == again.answer["file_id"] != forced.answer["file_id"]
    key = ("--idempotency-key", f"key of {tmp_path}", "--json")
    path.write_bytes(b"twice,2026-03-01,1\n")
    assert (
        run("upload", path, *key).answer["file_id"] == run("upload", path, *key).answer["file_id"]
    )


def test_a_refused_file_does_not_hold_up_the_others(run: Command) -> None:
    done = run(
        *("upload", SAMPLES / "not-a-csv.png", SAMPLES / "clean.csv", SAMPLES / "all-invalid.csv"),
        *("--force", "--wait", "--json"),
    )
    assert done.code == 1
    problem, clean, failed = done.answers
    assert problem["title"] == "Invalid Parameter Type"
    assert "not-a-csv.png" in done.stderr
    assert "Invalid Parameter Type" in done.stderr
    assert (clean["status"], failed["status"]) == ("processed", "failed")


def test_several_files_end_with_the_worst_code(run: Command) -> None:
    done = run("upload", f"{SAMPLES}/*e*.csv", SAMPLES / "invalid-rows.csv", "--wait")
    assert done.code == 3
    for name in ("clean.csv", "header-only.csv", "quoted-line-breaks.csv", "invalid-rows.csv"):
        assert name in done.out
    assert (
        run("upload", SAMPLES / "invalid-rows.csv", SAMPLES / "all-invalid.csv", "--wait").code == 4
    )


def test_standard_input(run: Command, tmp_path: Path) -> None:
    row = f"{tmp_path.name},2026-03-01,1\n".encode()
    done = run("upload", "-", "--filename", "piped.csv", "--wait", "--json", stdin=row)
    assert (done.code, done.answer["filename"]) == (0, "piped.csv")
    assert run("raw", done.answer["file_id"]).stdout == row


def test_an_empty_file_is_refused(run: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    done = run("upload", tmp_path / "empty.csv", "--wait")
    assert (done.code, done.stdout) == (1, b"")
    assert "Missing file" in done.stderr


@pytest.mark.slow
def test_raw_gives_the_original_bytes(run: Command, tmp_path: Path) -> None:
    file_id = _upload(run, "no-header-crlf.csv")
    data = (SAMPLES / "no-header-crlf.csv").read_bytes()
    assert run("raw", file_id).stdout == data
    assert run("raw", file_id, "-o", tmp_path / "kept").stdout == b""
    assert (tmp_path / "kept").read_bytes() == data
    missing = run("raw", "no-such-file", "-o", tmp_path / "none")
    assert missing.code == 1
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
def test_invalid_rows_as_lines_json_and_csv(run: Command) -> None:
    file_id = _upload(run, "invalid-rows.csv")
    want = list(SAMPLE["invalid-rows.csv"].invalid)
    items = run("invalid", file_id, "--json").answer["items"]
    assert [(i["row"], i["line"], i["code"]) for i in items] == want
    table = list(csv.DictReader(io.StringIO(run("invalid", file_id, "--csv").out)))
    assert [(int(r["row"]), int(r["line"]), r["code"]) for r in table] == want
    lines = run("invalid", file_id)
    assert lines.code == 0
    assert all(f"row {row}, line {line}" in lines.out for row, line, _ in want)
    assert max(map(len, lines.out.splitlines())) <= 80
    assert lines.out.replace("\n", "").isprintable()
    one = run("invalid", file_id, "--code", "value_not_finite", "--json").answer["items"]
    assert [i["code"] for i in one] == ["value_not_finite"]


@pytest.mark.slow
def test_lists_continue_after_the_last_item(run: Command) -> None:
    file_id = _upload(run, "clean.csv")
    seen, cursor = [], None
    while True:
        more = ("--cursor", cursor) if cursor else ()
        page = run("sensors", file_id, "--limit", "3", *more, "--json").answer
        seen += [item["sensor_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(SAMPLE["clean.csv"].sensors or {})
    assert "there is more" in run("sensors", file_id, "--limit", "1").stderr


@pytest.mark.slow
def test_files_can_be_found_by_name_and_status(run: Command, tmp_path: Path) -> None:
    path = tmp_path / f"{tmp_path.parent.name}-wanted.csv"
    path.write_bytes(f"{tmp_path},2026-03-01,1\n".encode())
    file_id = run("upload", path, "--wait", "--json").answer["file_id"]
    found = run("files", "--q", path.stem, "--status", "processed", "--json").answer["items"]
    assert [item["file_id"] for item in found] == [file_id]
    assert file_id in run("files", "--q", path.stem).out
    assert run("files", "--q", path.stem, "--status", "failed").stdout == b""


@pytest.mark.parametrize("command", ["show", "watch", "sensors", "invalid", "raw"])
def test_a_file_that_is_not_there(run: Command, command: str) -> None:
    done = run(command, "no-such-file")
    assert (done.code, done.stdout) == (1, b"")
    assert "no-such-file" in done.stderr
    assert "csv-processor files" in done.stderr


def _on_terminal(run: Command, *arguments: str, **env: str) -> str:
    """What a command shows on a terminal of 80 columns."""
    outer, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=inner,
        stderr=inner,
        cwd=ROOT,
        env={**os.environ, "CSV_PROCESSOR_API": run.api, "TERM": "xterm", "COLUMNS": "80", **env},
    )
    os.close(inner)
    shown = b""
    try:
        while chunk := os.read(outer, 65536):
            shown += chunk
    except OSError:  # how a terminal says that its other end is closed
        pass
    os.close(outer)
    assert process.wait(60) == 0
    return shown.decode()


@pytest.mark.slow
def test_colour_and_bars_are_for_terminals_only(run: Command) -> None:
    upload = ("upload", str(SAMPLES / "clean.csv"), "--force", "--wait")
    assert "\x1b[32mprocessed" in _on_terminal(run, *upload)
    assert "━" in _on_terminal(run, *upload)
    assert "\x1b" not in _on_terminal(run, *upload, NO_COLOR="1")
    piped = run(*upload)
    assert "\x1b" not in piped.out + piped.stderr


def test_a_reader_that_has_enough_is_no_fault(run: Command) -> None:
    done = subprocess.run(
        [
            "bash",
            "-o",
            "pipefail",
            "-c",
            f"{sys.executable} -m cli files --json | head -c 1",
        ],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "CSV_PROCESSOR_API": run.api},
        check=False,
    )
    assert (done.stdout, done.stderr) == (b"{", b"")


def test_files_in_a_folder_are_sent_once(run: Command, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(f"sensor_id,timestamp,value\n{name},2026-01-01,1\n")
    (tmp_path / "three.csv.part").write_text("sensor_id,")
    first = run("watch", tmp_path, "--once", "--settle", "0.1")
    assert (first.code, first.stderr) == (0, "")
    lines = [line.split("  ") for line in first.out.splitlines()]
    assert [line[-1] for line in lines[:2]] == ["one.csv", "two.csv"]
    assert first.out.splitlines()[-1] == "2 files: 2 processed; 2 valid rows, 0 invalid"
    assert {path.name for path in tmp_path.iterdir()} == {"one.csv", "two.csv", "three.csv.part"}
    assert run("watch", lines[1][0]).code == 0
    again = run("watch", tmp_path, "--once", "--settle", "0.1")
    assert (again.code, again.out) == (0, "")


def test_watching_a_folder_once_ends_with_what_became_of_its_files(
    run: Command, tmp_path: Path
) -> None:
    (tmp_path / "good.csv").write_text("watched,2026-01-01,1\n")
    (tmp_path / "bad.csv").write_text("sensor_id,timestamp,value\nwatched,never,1\n")
    done = run("watch", tmp_path, "--once", "--settle", "0.1")
    assert done.code == 4
    assert done.out.splitlines()[-1] == "2 files: 1 failed, 1 processed; 1 valid rows, 1 invalid"


def test_a_folder_with_something_that_is_no_csv(run: Command, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    done = run("watch", tmp_path, "--once", "--settle", "0.1")
    assert done.code == 1
    assert "photo.png: Invalid Parameter Type" in done.stderr


def test_many_files_at_once_are_answered_in_their_order(run: Command, tmp_path: Path) -> None:
    names = [f"{n:02}.csv" for n in range(12)]
    for name in names:
        (tmp_path / name).write_text(f"sensor_id,timestamp,value\n{name},2026-01-01,1\n")
    done = run("upload", f"{tmp_path}/*.csv", "--wait", "--parallel", "6", "--json")
    assert done.code == 0
    assert [json.loads(line)["filename"] for line in done.out.splitlines()] == names


@pytest.mark.slow
def test_a_container_is_waited_for_and_shown_with_its_members(run: Command, tmp_path: Path) -> None:
    path = tmp_path / "week.zip"
    bad = b"sensor_id,timestamp,value\ns,yesterday,1\n"
    path.write_bytes(zip_of({"mon.csv": CSV, "tue.csv": bad, "wed/b.csv": CSV}))

    sent = run("upload", path, "--force", "--wait")

    assert sent.code == 3
    assert "3: 2 processed, 1 failed" in sent.out
    names = ["week.zip/mon.csv", "week.zip/tue.csv", "week.zip/wed/b.csv"]
    assert [name for name in names if name in sent.out] == names
    file_id = next(line.split()[1] for line in sent.out.splitlines() if line.startswith("id "))
    shown = run("show", file_id)
    assert (shown.code, [name for name in names if name in shown.out]) == (3, names)
    listed = run("files", "--parent", file_id, "--status", "failed", "--json").answer["items"]
    assert [item["filename"] for item in listed] == ["week.zip/tue.csv"]
    assert "member of" in run("show", listed[0]["file_id"]).out
    top = run("files", "--limit", "1000", "--json").answer["items"]
    assert not [item for item in top if item["parent_id"] == file_id]
