"""The head of a file, with what is known of the file besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rows.sniff.own_profiles import Candidates
from schemas.limits import Limits
from schemas.read_options import ReadOptions
from schemas.read_plan import ReadPlan

MOST_LINES: Final = 20_000
"""Lines of a head that are looked at."""


@dataclass(frozen=True, slots=True)
class FileHead:
    """What is known of a file."""

    head: bytes
    filename: str
    complete: bool
    limits: Limits
    own: Candidates


def is_set(options: ReadOptions, names: Sequence[str]) -> bool:
    return any(getattr(options, name) not in (None, ()) for name in names)


def one_sign(plan: ReadPlan) -> str:
    """The decimal sign of a dialect; a comma means that a point is one too."""
    return "," if plan.decimal == "any" else plan.decimal
