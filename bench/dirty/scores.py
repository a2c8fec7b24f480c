"""How well readings were recovered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.dirty.cases import Case, Reading


def score(case: Case, found: Sequence[Reading] | None) -> float:
    """F1 of the readings found, 0 to 1; 0 if the reader gave up (None).

    Readings that are optional are taken out on both sides first.
    """
    if found is None:
        return 0.0
    got, wanted = Counter(found), Counter(case.expected)
    spare = Counter(case.optional)
    for reading in spare:
        extra = got[reading] - wanted[reading]
        if extra > 0:
            got[reading] -= min(extra, spare[reading])
    right = sum((got & wanted).values())
    total = sum(got.values()) + sum(wanted.values())
    return 1.0 if total == 0 else 2 * right / total
