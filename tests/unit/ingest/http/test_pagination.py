"""Cursors of lists."""

from __future__ import annotations

import base64

import pytest

from ingest.http.errors import Problem
from ingest.http.pagination import decode, encode, read_order, read_row_cursor
from sinks.queries import FILE_SORTS, SENSOR_FILE_SORTS, TOTAL_SORTS
from sinks.queries.pagination import Sorts


def json_cursor(text: str) -> str:
    """A cursor made by hand."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_round_trips() -> None:
    order = read_order(FILE_SORTS, "-size_bytes", None)
    cursor = order.cursor((7, "some id"))
    assert cursor is not None
    again = read_order(FILE_SORTS, "-size_bytes", cursor)
    assert (again.sort, again.descending, again.after) == ("size_bytes", True, (7, "some id"))
    assert order.cursor(None) is None
    assert read_row_cursor(encode([123, 4])) == (123, 4)
    assert read_row_cursor(None) == read_row_cursor("") == (0, 0)


@pytest.mark.parametrize(
    "cursor",
    ["!", "ü", "a", encode([]), encode(["-size_bytes", ["x", "id"]]), encode(["size_bytes", [1, "id"]]),
     encode(["-size_bytes", [1]]), encode(["-size_bytes", [True, "id"]]), encode(["-size_bytes", [1, 2]]),
     encode(["-size_bytes", [-1, "id"]]), *(json_cursor(f'["-size_bytes",[{key},"{name}"]]')
     for key, name in (("1", r"\ud800"), ("1e400", "a"), ("NaN", "a"), ("9" * 5000, "a"))),
     json_cursor("[" * 100_000)],
)  # fmt: skip
def test_a_foreign_cursor_is_rejected(cursor: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        read_order(FILE_SORTS, "-size_bytes", cursor)


@pytest.mark.parametrize("sorts", [TOTAL_SORTS, SENSOR_FILE_SORTS])
@pytest.mark.parametrize("sort", ["min_value", "-max_value", "mean_value"])
@pytest.mark.parametrize("key", [0, -3, 0.0, 1e300])
def test_a_page_may_end_with_a_value_that_is_whole_or_not_known(
    sorts: Sorts, sort: str, key: float
) -> None:
    cursor = read_order(sorts, sort, None).cursor((key, "id"))
    after = read_order(sorts, sort, cursor).after
    assert after == (key, "id")
    assert isinstance(after[0], float)


@pytest.mark.parametrize("sort", ["filename", "-filename"])
def test_a_cursor_with_text_that_cannot_be_encoded_is_rejected(sort: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        read_order(FILE_SORTS, sort, json_cursor(rf'["{sort}",["\ud800","id"]]'))


@pytest.mark.parametrize("value", [-1, True, 1.5, "1", None, 1 << 63, [1]])
def test_a_foreign_row_cursor_is_rejected(value: object) -> None:
    with pytest.raises(Problem, match="cursor"):
        read_row_cursor(encode(value))
    assert decode(encode(value)) == value
