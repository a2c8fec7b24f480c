"""What is uploaded is read in chunks, and again from its start."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from csv_processor.client.errors import ClientError
from csv_processor.client.sources import opened


def test_a_path_bytes_and_an_open_file_are_read_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"head,content")
    later = io.BytesIO(b"head,content")
    later.seek(5)
    for content, whole, name in (
        (path, b"head,content", "a.csv"),
        (str(path), b"head,content", "a.csv"),
        (b"head,content", b"head,content", "unnamed"),
        (later, b"content", "unnamed"),
    ):
        with opened(content, None, None) as source:
            assert (source.filename, source.size) == (name, len(whole))
            assert b"".join(source.chunks()) == b"".join(source.chunks()) == whole
    with opened(path, "other.csv", None) as source:
        assert source.filename == "other.csv"


def test_progress_reports_bytes_sent_and_bytes_in_all() -> None:
    seen: list[tuple[int, int | None]] = []
    with opened(b"x" * 2_500_000, None, lambda sent, size: seen.append((sent, size))) as source:
        for _ in source.chunks():
            pass
    assert seen == [(1_048_576, 2_500_000), (2_097_152, 2_500_000), (2_500_000, 2_500_000)]


def test_a_pipe_is_read_once() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"once")
    os.close(writing)
    with open(reading, "rb") as pipe, opened(pipe, "p.csv", None) as source:  # noqa: PTH123
        assert source.size is None
        assert b"".join(source.chunks()) == b"once"
        with pytest.raises(ClientError, match="cannot be read again"):
            next(source.chunks())


def test_a_file_that_grows_is_sent_as_it_was_at_the_beginning(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"a,1\n")
    with opened(path, None, None) as source:
        path.write_bytes(b"a,1\na,2\n")
        assert b"".join(source.chunks()) == b"a,1\n"


def test_a_file_that_becomes_shorter_is_not_sent_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(b"a,1\na,2\n")
    with opened(path, None, None) as source:
        path.write_bytes(b"a,1\n")
        with pytest.raises(ClientError, match=r"log\.csv became shorter"):
            b"".join(source.chunks())


def test_a_name_that_is_no_text_is_sent_as_text(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"))
    path.write_bytes(b"a")
    with opened(path, None, None) as source:
        assert source.filename == "caf\ufffd.csv"
