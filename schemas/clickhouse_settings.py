"""Settings of ClickHouse that results depend on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# ClickHouse translates what is used a few times into machine code. On some processors the code is wrong:
# with AVX-512 (AMD Zen 5), of negative numbers in a row every second one came out positive, in
# chDB 26.9. Queries here are small, so nothing is lost without it.
NOT_COMPILED: Final[Mapping[str, int]] = {
    "compile_expressions": 0,
    "compile_aggregate_expressions": 0,
    "compile_sort_description": 0,
}
