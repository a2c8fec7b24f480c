"""Cursors and sort orders of lists, as written in a URL."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

import orjson

from ingest.http.errors import Problem, invalid_parameter
from schemas.errors import BadData
from schemas.instants import moment_of
from sinks.queries import After, after_of
from sinks.queries.container_rows import Place
from sinks.queries.pagination import SortKey


class Paging(TypedDict):
    """What the queries of lists take of an order."""

    sort: str
    descending: bool
    after: After | None


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted and where its page begins."""

    sort: str
    descending: bool
    after: After | None

    def cursor(self, following: After | None) -> str | None:
        """The cursor of the next page; None at the end."""
        return None if following is None else encode([self.name, list(following)])

    @property
    def paging(self) -> Paging:
        """It, for a query."""
        return Paging(sort=self.sort, descending=self.descending, after=self.after)

    @property
    def name(self) -> str:
        """The order as written in a URL: descending with a minus sign."""
        return f"-{self.sort}" if self.descending else self.sort


def read_order(sorts: Mapping[str, SortKey], sort: str, cursor: str | None) -> Order:
    """The order that `sort` and `cursor` ask for.

    Raises:
        Problem: 400, if there is no such order, or the cursor belongs to another one.
    """
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if name not in sorts:
        names = ", ".join(sorts)
        raise invalid_parameter(
            f"sort is {sort[:60]!r}; expected one of {names}, with - before it for descending."
        )
    if not cursor:
        return Order(name, descending, None)
    value = decode(cursor)
    if not isinstance(value, list) or len(value) != 2 or value[0] != sort:
        raise _foreign_cursor()
    try:
        return Order(name, descending, after_of(value[1], sorts[name]))
    except BadData as exc:
        raise _foreign_cursor() from exc


def read_row_cursor(cursor: str | None) -> tuple[int, int]:
    """The (row, cell) after which a page of invalid rows begins."""
    if not cursor:
        return 0, 0
    value = decode(cursor)
    if not isinstance(value, list) or len(value) != 2:
        raise _foreign_cursor()
    row, cell = value
    if not (_is_whole(row, 1 << 63) and _is_whole(cell, 1 << 32)):
        raise _foreign_cursor()
    return row, cell


def read_member_row_cursor(cursor: str | None) -> Place | None:
    """The row after which a page of the invalid rows of a container begins; None: at the first."""
    if not cursor:
        return None
    value = decode(cursor)
    if not isinstance(value, list) or len(value) != 4 or not isinstance(value[1], str):
        raise _foreign_cursor()
    micros, file_id, row, cell = value
    whole = _is_whole(micros, 1 << 52) and _is_whole(row, 1 << 63) and _is_whole(cell, 1 << 32)
    if not whole:
        raise _foreign_cursor()
    return Place(moment_of(micros), file_id, row, cell)


def _is_whole(value: object, end: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < end


def encode(value: object) -> str:
    """`value` (of JSON types) as text that needs no escaping in a URL."""
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


def decode(cursor: str) -> object:
    """What `encode` was given.

    Raises:
        Problem: 400, if it is not a cursor of this API.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        # A strict reader: text of this JSON can be encoded, and its depth and numbers are bounded.
        value: object = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except ValueError:  # not base64, not JSON
        raise _foreign_cursor() from None
    return value


def _foreign_cursor() -> Problem:
    return invalid_parameter(
        "cursor is not one that this list gave for this sort; begin again without it."
    )
