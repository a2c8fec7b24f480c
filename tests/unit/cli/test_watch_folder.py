"""What counts as complete in a folder, and that it is sent once."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from cli.client import ApiAway, ApiRefused
from cli.commands import watch_folder
from cli.commands.watch_folder import (
    FORMER_JOURNAL,
    Journal,
    Settling,
    Stamp,
    Watched,
    journal_path,
    stamps,
)

A1, A2, B = Stamp("a.csv", 10, 1), Stamp("a.csv", 20, 2), Stamp("b.csv", 5, 1)


def test_a_file_is_complete_when_it_has_not_changed_for_a_while() -> None:
    settling = Settling(2.0)
    assert settling.complete([A1], 0.0) == []
    assert settling.complete([A1, B], 1.0) == []
    assert settling.complete([A2, B], 2.5) == []  # it has grown
    assert settling.complete([A2, B], 3.0) == [B]
    assert settling.complete([A2, B], 4.5) == [A2, B]
    assert settling.complete([B], 4.6) == [B]


def test_hidden_and_unfinished_files_are_left_alone(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", ".hidden.csv", "c.csv.part", "d.TMP", FORMER_JOURNAL):
        (tmp_path / name).write_text("x")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    assert sorted(stamp.name for stamp in stamps(tmp_path)) == ["a.csv", "b.csv"]


def test_the_journal_remembers_what_was_sent_and_is_not_in_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "partner"
    folder.mkdir()
    Journal(folder).add(A1, "id-1")
    assert list(folder.iterdir()) == []
    assert journal_path(folder).is_relative_to(tmp_path / "state")
    with journal_path(folder).open("a") as file:
        file.write('{"name": "cut o')
    again = Journal(folder)
    assert A1 in again
    assert A2 not in again
    assert A1 not in Journal(tmp_path)


def test_what_an_earlier_version_recorded_in_the_folder_is_not_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / FORMER_JOURNAL).write_text(
        '{"name": "a.csv", "size": 10, "mtime_ns": 1, "file_id": "id-1"}\n'
    )
    journal = Journal(tmp_path)
    assert A1 in journal
    assert B not in journal


class Api:
    """Rejects files with the statuses that it has for them."""

    def __init__(self, statuses: dict[str, int]) -> None:
        self.statuses = statuses
        self.asked: list[str] = []

    def upload(self, filename: str, chunks: Iterable[bytes], *_: object) -> tuple[bytes, bool]:
        self.asked.append(filename)
        b"".join(chunks)
        if status := self.statuses.get(filename):
            raise ApiRefused("rejected", None, b"", status)
        return json.dumps({"file_id": f"id-{filename}"}).encode(), True


class Stopped(Exception):  # noqa: N818
    """The watch is ended by the test."""


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Watches a folder for some looks, with pauses that take no time; the journal, and the counts."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = tmp_path / "in"
    folder.mkdir()

    def watch(api: Any, looks: int) -> tuple[Journal, Watched]:
        pauses = 0

        def pause(_: float) -> None:
            nonlocal pauses
            pauses += 1
            if pauses == looks:
                raise Stopped

        monkeypatch.setattr("cli.commands.watch_folder.time.sleep", pause)
        journal, counts = Journal(folder), Watched()
        with contextlib.suppress(Stopped):
            watch_folder._send_all(
                api, folder, journal, counts, settle=0, once=looks == 0, as_json=False
            )
        return journal, counts

    return folder, watch


@pytest.mark.parametrize("status", [401, 403, 404, 408, 500])
def test_a_file_that_is_rejected_for_another_reason_than_itself_is_sent_later(
    watched: Any, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    folder, watch = watched
    monkeypatch.setattr(watch_folder, "_AGAIN_SECONDS", 0)
    (folder / "a.csv").write_text("a")
    api = Api({"a.csv": status})
    watch(api, 2)
    api.statuses.clear()
    _, counts = watch(api, 2)
    assert counts.sent == ["id-a.csv"]
    assert counts.refused == 0


@pytest.mark.parametrize("status", [400, 413, 415])
def test_a_file_that_cannot_be_accepted_is_sent_once(watched: Any, status: int) -> None:
    folder, watch = watched
    (folder / "a.csv").write_text("a")
    api = Api({"a.csv": status})
    _, counts = watch(api, 3)
    assert (api.asked, counts.refused) == (["a.csv"], 1)


def test_a_file_that_the_api_fails_at_does_not_keep_the_others(watched: Any) -> None:
    folder, watch = watched
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text(name)
    api = Api({"a.csv": 500})
    _, counts = watch(api, 3)
    assert (api.asked, counts.sent) == (["a.csv", "b.csv"], ["id-b.csv"])
    _, counts = watch(api, 0)
    assert counts.refused == 1


def test_a_file_that_is_taken_away_before_it_is_sent_does_not_end_the_watch(watched: Any) -> None:
    folder, watch = watched
    for name in ("a.csv", "b.csv", "c.csv"):
        (folder / name).write_text(name)

    class Taking(Api):
        def upload(self, *args: Any) -> tuple[bytes, bool]:
            (folder / "b.csv").unlink(missing_ok=True)
            return super().upload(*args)

    _, counts = watch(Taking({}), 2)
    assert counts.sent == ["id-a.csv", "id-c.csv"]


def test_a_name_that_is_no_text_is_sent_as_text(watched: Any) -> None:
    folder, watch = watched
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.csv")).write_text("a")
    _, counts = watch(Api({}), 2)
    assert counts.sent == ["id-caf\ufffd.csv"]


def test_the_api_is_waited_for(watched: Any) -> None:
    folder, watch = watched
    (folder / "a.csv").write_text("a")

    class Away(Api):
        def upload(self, *args: Any) -> tuple[bytes, bool]:
            super().upload(*args)
            if len(self.asked) == 1:
                raise ApiAway("no connection")
            return b'{"file_id": "x"}', True

    _, counts = watch(Away({}), 4)
    assert counts.sent == ["x"]
