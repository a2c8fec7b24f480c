"""The commands about the service as a whole, on a real stack."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cli.commands.demo_samples import SAMPLES
from embedded.stack import Stack
from tests.harness.command import ROOT, Command


@pytest.fixture
def run(stack: Stack) -> Command:
    """The command line with the shared stack's API."""
    return Command(stack.endpoints["CSV_PROCESSOR_API"])


def _upload(run: Command, tmp_path: Path, name: str, text: str) -> str:
    path = tmp_path / name
    path.write_text(text)
    return str(run("upload", path, "--wait", "--json").answer["file_id"])


def test_status_names_every_part_and_counts_files(run: Command) -> None:
    run("upload", SAMPLES / "clean.csv", "--wait")
    done = run("status")
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0][0] == run.api
    parts = {line[0] for line in lines if line[1:2] == ["ready"]}
    assert parts >= {"kafka", "store", "clickhouse", "schema", "workers"}
    assert "processed" in done.out
    as_json = run("status", "--json")
    assert as_json.answer["status"] in ("ready", "degraded")


def test_status_ends_with_1_if_the_service_is_not_ready() -> None:
    done = Command("http://127.0.0.1:1")("status")
    assert (done.code, done.stdout) == (1, b"")
    assert "nothing answers" in done.stderr


def test_stats_counts_all_files(run: Command) -> None:
    run("upload", SAMPLES / "clean.csv", "--wait")
    counts = httpx.get(f"{run.api}/api/v1/stats").json()
    assert run("stats", "--json").answer.keys() == counts.keys()
    assert "sensors   " in run("stats").out


def test_sensors_over_all_files_are_found_by_a_part_of_their_id(
    run: Command, tmp_path: Path
) -> None:
    for n in range(2):
        _upload(run, tmp_path, f"all-{n}.csv", f"everywhere/{n},2026-03-01,{n}\n")
    found = run("sensors", "--q", "everywhere/")
    assert [line.split()[-2:] for line in found.out.splitlines()] == [
        ["files", "sensor"],
        ["1", "everywhere/0"],
        ["1", "everywhere/1"],
    ]
    wrong = run("sensors", "all-0.csv", "--q", "x")
    assert (wrong.code, wrong.stdout) == (2, b"")


@pytest.mark.slow
def test_a_file_is_named_by_its_id_its_first_characters_or_its_name(
    run: Command, tmp_path: Path
) -> None:
    file_id = _upload(run, tmp_path, "named-once.csv", "named,2026-03-01,1\n")
    for name in (file_id, file_id[:10], "named-once.csv"):
        shown = run("show", name, "--json")
        assert (shown.code, shown.answer["file_id"]) == (0, file_id)
    assert run("sensors", "named-once.csv", "--json").answer["items"][0]["sensor_id"] == "named"
    assert run("raw", "named-once.csv").stdout == b"named,2026-03-01,1\n"
    assert run("replay", "named-once.csv", "--wait", "--json").answer["generation"] == 2
    unknown = run("show", "named-never.csv")
    assert unknown.code == 1
    assert "csv-processor files" in unknown.stderr


@pytest.mark.slow
def test_a_name_that_several_files_have_is_not_guessed(run: Command, tmp_path: Path) -> None:
    ids = {_upload(run, tmp_path, "named-twice.csv", f"twice,2026-03-01,{n}\n") for n in range(2)}
    for command in (("show",), ("delete", "--yes"), ("export",)):
        done = run(command[0], "named-twice.csv", *command[1:])
        assert (done.code, done.stdout) == (2, b"")
        assert all(file_id in done.stderr for file_id in ids)
    assert {run("show", file_id, "--json").answer["file_id"] for file_id in ids} == ids


def test_files_are_listed_with_time_size_and_reason(run: Command, tmp_path: Path) -> None:
    file_id = _upload(run, tmp_path, "why.csv", "sensor_id,timestamp,value\na,b,c\n")
    (line,) = (row for row in run("files", "--q", "why.csv").out.splitlines() if file_id in row)
    assert line.endswith("32 B  why.csv: its row is invalid")
    assert file_id in run("files", "--since", "1h").out
    later = run("files", "--since", "2200-01-01")
    assert (later.code, later.out) == (0, "")
    wrong = run("files", "--since", "yesterday")
    assert (wrong.code, wrong.stdout) == (2, b"")
    assert "24h" in wrong.stderr


def test_many_uploads_end_with_a_summary(run: Command, tmp_path: Path) -> None:
    for n, text in enumerate(("a,2026-03-01,1\n", "a,2026-03-01,1\nb,2026-03-01,x\n")):
        (tmp_path / f"sum-{n}.csv").write_text(text)
    done = run("upload", str(tmp_path / "sum-*.csv"), "--wait")
    assert done.code == 3
    assert done.out.splitlines()[-1] == ("2 files: 1 partial, 1 processed; 2 valid rows, 1 invalid")


def test_sql_asks_the_views(run: Command, stack: Stack, tmp_path: Path) -> None:
    file_id = _upload(run, tmp_path, "asked.csv", "asked,2026-03-01,1\n")
    data_dir = ("--data-dir", stack.data_dir)
    query = f"SELECT filename, row_count FROM files WHERE file_id = '{file_id}'"
    done = run("sql", query, "--format", "CSVWithNames", *data_dir)
    assert (done.code, done.out) == (0, '"filename","row_count"\n"asked.csv",1\n')
    assert run("sql", "-", "--format", "CSV", *data_dir, stdin=query.encode()).out == (
        '"asked.csv",1\n'
    )
    url = {"SQL_URL": stack.endpoints["SQL_URL"]}
    assert "asked.csv" in run("sql", query, env=url, cwd=tmp_path).out
    refused = run("sql", "SELECT * FROM nowhere", *data_dir)
    assert refused.code == 1
    assert "nowhere" in refused.stderr
    # The user of SQL_URL reads only.
    assert run("sql", "DROP VIEW files", *data_dir).code == 1
    unknown = run("sql", query, "--data-dir", tmp_path)
    assert (unknown.code, unknown.stdout) == (2, b"")
    assert "--url" in unknown.stderr


def test_sql_asks_the_api_where_no_database_is_named(run: Command, tmp_path: Path) -> None:
    file_id = _upload(run, tmp_path, "by-api.csv", "by-api,2026-03-01,1\n")
    query = f"SELECT filename, row_count, error FROM files WHERE file_id = '{file_id}'"
    shown = run("sql", query)
    assert (shown.code, shown.out.splitlines()) == (
        0,
        ["filename    row_count  error", "by-api.csv          1  NULL"],
    )
    assert run("sql", query, "--format", "CSVWithNames").out == (
        '"filename","row_count","error"\n"by-api.csv",1,\\N\n'
    )
    assert run("sql", "-", "--format", "CSV", stdin=query.encode()).out == '"by-api.csv",1,\\N\n'
    assert run("sql", query, "--format", "JSON").answer["rows"][0][0] == "by-api.csv"
    assert run("sql", query, "--format", "Parquet").stdout[:4] == b"PAR1"
    refused = run("sql", "SELECT * FROM nowhere")
    assert refused.code == 1
    assert "nowhere" in refused.stderr
    assert run("sql", query, "--format", "Pretty").code == 2


def test_open_prints_the_address_of_a_page(run: Command, tmp_path: Path) -> None:
    file_id = _upload(run, tmp_path, "opened.csv", "opened,2026-03-01,1\n")
    env = {"BROWSER": "true"}
    assert run("open", env=env).out == f"{run.api}/\n"
    address = run("open", "opened.csv", env=env).out.strip()
    assert address == f"{run.api}/files/{file_id}"
    assert httpx.get(address, headers={"accept": "text/html"}).status_code == 200


def test_logs_print_the_last_lines_of_a_part(run: Command, stack: Stack, tmp_path: Path) -> None:
    data_dir = ("--data-dir", stack.data_dir)
    done = run("logs", "api", "-n", "1", *data_dir)
    assert (done.code, len(done.out.splitlines())) == (0, 1)
    every = run("logs", *data_dir)
    assert {line.split()[0] for line in every.out.splitlines()} >= {"api", "worker-0"}
    unknown = run("logs", "apo", *data_dir)
    assert (unknown.code, unknown.stdout) == (2, b"")
    assert "worker-0" in unknown.stderr
    assert run("logs", "--data-dir", tmp_path).code == 2


def test_logs_follow_what_is_added(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "api.log"
    log.parent.mkdir()
    log.write_text("one\n")
    command = [sys.executable, "-m", "cli", "logs", "api", "--follow", "--data-dir", str(tmp_path)]
    following = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PYTHONUNBUFFERED": "1"}
    )
    assert following.stdout is not None
    try:
        assert following.stdout.readline() == "one\n"
        with log.open("a") as file:
            file.write("two\nthr")
            file.flush()
            assert following.stdout.readline() == "two\n"
            file.write("ee\n")
            file.flush()
            assert following.stdout.readline() == "three\n"
    finally:
        following.kill()
        following.wait()
