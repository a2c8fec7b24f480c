"""Which files are looked at together, what one statement reads, and what is stored of an overlap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest

from schemas.notices import Notice, OverlappedFile, overlap_notice
from sinks import overlaps
from sinks.overlaps import Comparison, merged, row_of, together
from sinks.queries.overlaps import MOST_FILES, Overlap, Span
from tests.harness.stored_files import minutes

HOUR, DAY = 60, 24 * 60


def span(file_id: str, begin: float, end: float, *, readings: float = 10, at: float = 0) -> Span:
    return Span(minutes(at), file_id, 1, f"{file_id}.csv", minutes(begin), minutes(end), readings)


def ids(groups: Sequence[Sequence[Span]]) -> list[list[str]]:
    return [[file.file_id for file in group] for group in groups]


def test_files_of_the_same_hours_are_looked_at_together() -> None:
    files = [span("c", 50, 60), span("a", 0, 10), span("b", 20, 25)]
    assert ids(together(files)) == [["a", "b", "c"]]


def test_files_of_other_times_are_looked_at_by_themselves() -> None:
    week = [span(f"d{day}", day * DAY, (day + 1) * DAY) for day in range(4)]
    assert ids(together(week)) == [["d0", "d1"], ["d2", "d3"]]
    history = span("h", -20 * 365 * DAY, 2 * DAY)
    assert ids(together([*week[:2], history])) == [["h"], ["d0", "d1"]]


def test_each_file_is_in_one_group() -> None:
    files = [span(str(n), n * n * 7, n * n * 7 + n * 13) for n in range(50)]
    found = [file_id for group in ids(together(files)) for file_id in group]
    assert sorted(found) == sorted(file.file_id for file in files)


def test_a_file_is_compared_with_the_latest_files_if_there_are_too_many() -> None:
    earlier = [span(f"e{n:04d}", 0, 10, at=-n) for n in range(MOST_FILES + 1)]
    found = Comparison.of(span("f", 0, 10), earlier)
    assert set(found.others) == {file.file_id for file in earlier[:-1]}
    assert found.cut == {"f"}
    assert Comparison.of(span("f", 0, 10), earlier[:-1]).cut == set()


def test_a_file_is_compared_with_the_latest_files_if_they_have_too_many_readings() -> None:
    earlier = [span(name, 0, 10, readings=30_000_000) for name in ("e2", "e1")]
    found = Comparison.of(span("f", 0, 10), earlier)
    assert (set(found.others), found.cut) == ({"e2"}, {"f"})


def test_a_single_earlier_file_is_compared_however_many_readings_it_has() -> None:
    found = Comparison.of(span("f", 0, 10), [span("e", 0, 10, readings=1e9)])
    assert (set(found.others), found.cut) == ({"e"}, set())


def test_small_comparisons_at_the_same_time_are_one() -> None:
    same = [Comparison.of(span(f"f{n}", n, n + 1), [span("e", n, n + 1)]) for n in range(5)]
    (one,) = merged(same)
    assert [file.file_id for file in one.files] == [f"f{n}" for n in range(5)]
    assert (one.begin, one.end, set(one.others)) == (minutes(0), minutes(5), {"e"})


@pytest.mark.parametrize(
    "other",
    [
        Comparison.of(span("g", 90, 91), [span("e", 90 * DAY, 90 * DAY + 1)]),
        Comparison.of(span("g", 0, 1), [span("e", 0, 1, readings=999_999)]),
        Comparison.of(span("g", 0, 1), [span(f"e{n}", 0, 1) for n in range(MOST_FILES)]),
    ],
    ids=["another time", "many readings", "many files"],
)
def test_comparisons_that_would_read_more_together_stay_apart(other: Comparison) -> None:
    assert len(merged([Comparison.of(span("f", 0, 1), [span("d", 0, 1)]), other])) == 2


def test_parts_of_a_range_follow_each_other_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlaps, "_READINGS", 100)
    found = Comparison.of(span("f", 0, 10), [span("e", 0, 10, readings=950)])
    parts = list(found.slices())
    assert len(parts) == 10
    assert (parts[0][0], parts[-1][1]) == (minutes(0), minutes(10))
    for (_, end), (begin, _) in pairwise(parts):
        assert begin - end == timedelta(microseconds=1)


def test_a_range_of_one_moment_is_one_part() -> None:
    found = Comparison.of(span("f", 0, 0), [span("e", 0, 0, readings=3e6)])
    assert list(found.slices()) == [(minutes(0), minutes(0))]


def test_what_is_stored_adds_up_the_parts_of_each_earlier_file() -> None:
    others = {name: span(name, 0, 9) for name in ("d", "e")}
    found = [Overlap("f", "e", 3, 7), Overlap("f", "d", 1, 5), Overlap("f", "e", 4, 90)]
    row = row_of(span("f", 0, 9), found, others, 12, cut=True)
    assert (row["file_id"], row["generation"], row["seal"]) == ("f", 1, 12)
    assert (row["readings"], row["others"]) == (8, ["d", "e"])
    notice = Notice.model_validate_json(row["notice"])
    assert (notice.count, notice.first_row, notice.lower_bound) == (8, 5, True)
    assert notice.file_ids == ("e", "d")


def test_a_notice_names_the_three_files_with_the_most_readings() -> None:
    files = [OverlappedFile(f"id-{n}", f"{n}.csv", n) for n in range(1, 6)]
    notice = overlap_notice(files, 4, lower_bound=False)
    assert notice.message == (
        "15 readings have the sensor and the timestamp of readings of earlier files:"
        " 5.csv (5), 4.csv (4), 3.csv (3) and 2 more; the first in row 4"
    )
    assert notice.file_ids == ("id-5", "id-4", "id-3")
