"""Filenames of clients are cleaned."""

from __future__ import annotations

import pytest

from schemas.filenames import clean_filename


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.csv", "a.csv"),
        ("/a/b.csv", "b.csv"),
        ("C:\\a\\b.csv", "b.csv"),
        ("folder/", "folder"),
        ("  a b  ", "a b"),
        ("\u202egnp.csv", "gnp.csv"),
        ("\x00\n", ""),
        ("..", ".."),
        ("x" * 300, "x" * 255),
        ("\ud800.csv", "?.csv"),
    ],
)
def test_filenames_are_cleaned(sent: str, kept: str) -> None:
    assert clean_filename(sent) == kept
