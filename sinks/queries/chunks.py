"""Ids in statements: a few at a time.

ClickHouse refuses a parameter of more than 128 KiB (`http_max_field_value_size`), and a statement with
many ids takes long to plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

T_ = TypeVar("T_")
# Ids have up to some 80 characters.
AT_ONCE: Final = 1000


def chunks(values: Iterable[T_]) -> Iterator[Sequence[T_]]:
    """`values` in their order, up to `AT_ONCE` at a time."""
    rest = iter(values)
    while chunk := list(islice(rest, AT_ONCE)):
        yield chunk
