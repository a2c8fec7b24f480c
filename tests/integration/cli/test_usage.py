"""Errors of the command line. No stack is running here."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from cli.inputs import sources
from tests.harness.command import Command


@pytest.fixture
def away() -> Iterator[Command]:
    """The command line with an API that is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: no other process gets this port
        port = taken.getsockname()[1]
        yield Command(f"http://127.0.0.1:{port}")


def test_help_names_every_command(away: Command) -> None:
    done = away("--help")
    assert done.code == 0
    named = {line.split()[0] for line in done.out.splitlines() if line.startswith("  ")}
    assert named >= {
        *("upload", "files", "show", "watch", "sensors", "invalid", "raw"),
        *("replay", "resubmit", "delete"),
        *("migrate", "up", "down", "demo"),
    }
    assert max(map(len, done.out.splitlines())) <= 80


@pytest.mark.parametrize(
    "arguments",
    [("files",), ("show", "x"), ("sensors", "x"), ("invalid", "x"), ("invalid", "x", "--csv"),
     ("raw", "x"), ("replay", "x"), ("delete", "x", "--yes"), ("files", "--json"),
     ("resubmit", "x", "samples/clean.csv"), ("upload", "samples/clean.csv", "--wait")],
)  # fmt: skip
def test_an_api_that_is_away(away: Command, arguments: tuple[str, ...]) -> None:
    done = away(*arguments)
    assert (done.code, done.stdout) == (1, b"")
    assert f"nothing answers at {away.api}" in done.stderr
    assert "make up" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("upload", "no/such.csv"), "no/such.csv: No such file"),
        (("upload", "samples/clean.csv", "no/such.csv"), "no/such.csv: No such file"),
        (("upload", "no/such/*.csv"), "no/such/*.csv: no file matches"),
        (("upload", "samples"), "samples is a folder"),
        (("upload", "-", "-"), "only once"),
        (("upload", "samples/*.csv", "--filename", "a.csv"), "names one file"),
        (("upload", "samples/*.csv", "--idempotency-key", "k"), "stands for one file"),
        (("upload",), "Missing argument"),
        (("resubmit", "x", "no/such.csv"), "no/such.csv: No such file"),
        (("resubmit", "x", "samples/*.csv"), "resubmit takes one file"),
        (("delete", "x"), "no terminal to confirm"),
        (("invalid", "x", "--csv", "--json"), "exclude each other"),
        (("files", "--limit", "1001"), "1001 is not in the range 1<=x<=1000"),
        (("files", "--status", "lost"), "'lost'"),
        (("lost",), "lost"),
    ],
)
def test_wrong_use(away: Command, arguments: tuple[str, ...], said: str) -> None:
    done = away(*arguments)
    assert (done.code, done.stdout) == (2, b"")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["nonsense", "ftp://127.0.0.1", "http://", "http://[::1"])
def test_an_address_that_is_none(address: str) -> None:
    done = Command(address)("files")
    assert (done.code, done.stdout) == (1, b"")
    assert "no address" in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_without_settings_says_which(away: Command) -> None:
    done = away("migrate")
    assert (done.code, done.stdout) == (2, b"")
    assert "CLICKHOUSE_URL is not set" in done.stderr
    assert "source .data/endpoints.env" in done.stderr


def test_patterns_stand_for_their_files_by_name(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", "c.txt", "[x].csv"):
        (tmp_path / name).write_bytes(b"1\n")
    (tmp_path / "folder.csv").mkdir()
    found = sources([f"{tmp_path}/*.csv", f"{tmp_path}/[x].csv", "-"], None)
    assert [s.filename for s in found] == ["[x].csv", "a.csv", "b.csv", "[x].csv", "stdin.csv"]
    assert [s.size for s in found] == [2, 2, 2, 2, None]


@pytest.fixture
def asked() -> Iterator[tuple[Command, list[str | None]]]:
    """The command line, and the Authorization header of each of its requests."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"items": [], "next_cursor": null}')

        def log_message(self, *_: object) -> None:
            """Nothing goes to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield Command(f"http://127.0.0.1:{server.server_port}"), seen
        server.shutdown()
        thread.join()


def test_the_key_may_be_in_a_file(asked: tuple[Command, list[str | None]], tmp_path: Path) -> None:
    command, seen = asked
    (tmp_path / "key").write_text("csvp_the.key\n")
    done = command("files", env={"CSV_PROCESSOR_KEY_FILE": str(tmp_path / "key")})
    assert (done.code, seen) == (0, ["Bearer csvp_the.key"])
    missing = command("files", env={"CSV_PROCESSOR_KEY_FILE": str(tmp_path / "none")})
    assert missing.code == 2
    assert "CSV_PROCESSOR_KEY_FILE" in missing.stderr
    assert "No such file" in missing.stderr
