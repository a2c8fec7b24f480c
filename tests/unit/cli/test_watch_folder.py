"""What counts as complete in a folder, and that it is sent once."""

from __future__ import annotations

from pathlib import Path

from cli.commands.watch_folder import JOURNAL, Journal, Settling, Stamp, stamps

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
    for name in ("b.csv", "a.csv", ".hidden.csv", "c.csv.part", "d.TMP", JOURNAL):
        (tmp_path / name).write_text("x")
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    assert sorted(stamp.name for stamp in stamps(tmp_path)) == ["a.csv", "b.csv"]


def test_the_journal_remembers_what_was_sent(tmp_path: Path) -> None:
    Journal(tmp_path).add(A1, "id-1")
    with (tmp_path / JOURNAL).open("a") as file:
        file.write('{"name": "cut o')
    again = Journal(tmp_path)
    assert A1 in again
    assert A2 not in again
