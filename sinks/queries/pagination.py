"""Pages by key: a page begins after the last item of the page before, not at an offset.

Nothing is skipped or seen twice where items come and go between pages, and page 1,000 costs what
page 1 does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Generic, TypeAlias, TypeVar

from schemas.errors import BadData

T_ = TypeVar("T_")

# Value of the sort key and identity of the last item of the page before: what a cursor carries.
# JSON types only.
After: TypeAlias = tuple[str | int | float, str]


@dataclass(frozen=True, slots=True)
class Page(Generic[T_]):
    """Some items of a list in its order; `next` is None at the end."""

    items: list[T_]
    next: After | None


@dataclass(frozen=True, slots=True)
class SortKey:
    """A way to sort: an SQL expression that is never NULL, and its ClickHouse type.

    Moments are sorted by as microseconds since 1970, so that they fit a cursor.

    Attributes:
        column: a column that is never NULL and has the order of the expression, if there is one. By
            its index the database finds the granules that a page is in.
        value: what makes a value of `column` of a sort key.
        key: what makes a sort key of a value of `column`.
    """

    expression: str
    type: str
    column: str | None = None
    value: str = "{}"
    key: str = "{}"

    @property
    def ordered(self) -> str:
        """What rows are put in order by."""
        return self.column or self.expression

    def parameter(self, name: str) -> str:
        """The parameter `name`, which is a sort key, as a value of `ordered`."""
        return self.value.format(f"{{{name}:{self.type}}}")


Sorts: TypeAlias = Mapping[str, SortKey]

_TYPES: Final[Mapping[str, type]] = {"String": str, "UInt64": int, "Int64": int, "Float64": float}


def after_of(value: object, sort: SortKey) -> After:
    """The checked content of a cursor, which clients send.

    Raises:
        BadData: `bad_cursor`, if no page sorted by `sort` gave it.
    """
    if isinstance(value, list | tuple) and len(value) == 2:
        key, identity = value
        expected = _TYPES[sort.type]
        whole = expected is int and isinstance(key, int) and not isinstance(key, bool)
        fits = not whole or (-(1 << 63) <= key < 1 << 63 and (key >= 0 or sort.type == "Int64"))
        if expected is float and type(key) is int:
            key = float(key)  # in JSON a number is a number; 0 stands for what is not known
        if (type(key) is expected or whole) and fits and isinstance(identity, str):
            return key, identity
    raise BadData("bad_cursor", "the cursor is not one that this list gave")


def text(column: str) -> SortKey:
    """Sort by a text column, by its bytes."""
    return SortKey(column, "String")


def number(column: str, *, known: bool = False) -> SortKey:
    """Sort by a whole number; if it is not known it counts as 0. `known`: it is never NULL."""
    return SortKey(column if known else f"ifNull({column}, 0)", "UInt64", column if known else None)


def real(column: str) -> SortKey:
    """Sort by a float; if it is not known it counts as 0."""
    return SortKey(f"ifNull({column}, 0)", "Float64")


def moment(column: str, *, known: bool = False) -> SortKey:
    """Sort by a DateTime64(6); 1970 if it is not known. `known`: it is never NULL."""
    micros = "toUnixTimestamp64Micro({})"
    if not known:
        return SortKey(f"ifNull({micros.format(column)}, 0)", "Int64")
    value = "fromUnixTimestamp64Micro({}, 'UTC')"
    return SortKey(micros.format(column), "Int64", column, value, micros)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_key(moment: datetime) -> int:
    """What a `moment` is sorted by."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Keyset:
    """The pieces of a statement that pages by `sort`, with `identity` to order equals."""

    sort: SortKey
    identity: str
    descending: bool
    after: After | None

    @property
    def condition(self) -> str:
        """The condition for items after the page before."""
        if self.after is None:
            return "1"
        compare = "<" if self.descending else ">"
        key = f"{{after_key:{self.sort.type}}}"
        if self.sort.expression == self.identity:
            return f"{self.identity} {compare} {key}"
        condition = (
            f"({self.sort.expression}, {self.identity}) {compare} ({key}, {{after_id:String}})"
        )
        if self.sort.column is None:
            return condition
        return f"{self.sort.column} {compare}= {self.sort.parameter('after_key')} AND {condition}"

    @property
    def order(self) -> str:
        """ORDER BY."""
        way = "DESC" if self.descending else "ASC"
        if self.sort.expression == self.identity:
            return f"{self.identity} {way}"
        return f"{self.sort.expression} {way}, {self.identity} {way}"

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of `condition`."""
        if self.after is None:
            return {}
        return {"after_key": self.after[0], "after_id": self.after[1]}


# Name under which a statement selects the sort key of each item.
SORT_VALUE: Final = "_sort_value"


def is_after(row: Mapping[str, Any], identity: str, after: After, descending: bool) -> bool:
    """Whether a row that carries its sort value comes after the page before."""
    place = row[SORT_VALUE], row[identity]
    return place < tuple(after) if descending else place > tuple(after)


def page_of(rows: Sequence[Mapping[str, Any]], limit: int, identity: str) -> Page[dict[str, Any]]:
    """A page of `rows`, which were asked for one more than `limit` to know whether it goes on."""
    items = [{k: v for k, v in row.items() if k != SORT_VALUE} for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(items, (last[SORT_VALUE], last[identity]) if last else None)
