"""What counts as complete in a folder, and that it is sent once."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.commands.watch_folder import (
    FORMER_JOURNAL,
    Journal,
    Settling,
    Stamp,
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
