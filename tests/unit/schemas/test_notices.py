"""Sentences of notices: of one row, and of several."""

from __future__ import annotations

import pytest

from schemas.notices import NoticeCode, OverlappedFile, counted_notice, overlap_notice

COUNTED = ("sentinel", "future", "id_e_notation", "repeated", "times_go_back")


@pytest.mark.parametrize("code", COUNTED)
def test_a_notice_of_one_row_speaks_of_one(code: str) -> None:
    one, two = counted_notice(code, 1, 7), counted_notice(code, 2, 7)
    assert one.message.startswith("1 ")
    assert one.message.endswith(", in row 7")
    assert not set(one.message.split()) & {
        "are",
        "were",
        "values",
        "readings",
        "timestamps",
    }
    assert two.message.startswith("2 ")
    assert two.message.endswith("; the first in row 7")


def test_an_overlap_of_one_reading_speaks_of_one() -> None:
    notice = overlap_notice([OverlappedFile("id", "a.csv", 1)], 3, lower_bound=False)
    assert notice.code is NoticeCode.OVERLAP
    assert notice.message == (
        "1 reading has the sensor and the timestamp of a reading of an earlier file: a.csv (1);"
        " the first in row 3"
    )
