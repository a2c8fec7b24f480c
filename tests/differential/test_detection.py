"""Detection never gives a wrong reading: what means one thing is right or asked, the rest is asked.

`DETECTION_FILES` says how many files are tried (10,000 take some minutes), `DETECTION_SEED` the
first seed. A failure names the seed of its file.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime

import pytest

from tests.differential.detection_files import AMBIGUITIES, Made, made
from tests.unit.rows.sniff.reading import Read, read

FILES = int(os.environ.get("DETECTION_FILES", "400"))
FIRST = int(os.environ.get("DETECTION_SEED", "1"))
PARTS = 8


def _series(found: Read) -> dict[str, list[tuple[datetime, float]]]:
    series: dict[str, list[tuple[datetime, float]]] = {}
    for sensor, stamp, value in found.readings:
        moment = datetime.fromisoformat(stamp.replace("Z", "+00:00"))
        series.setdefault(sensor, []).append((moment, value))
    return series


def _verdict(file: Made, found: Read) -> str:
    if found.doubt is not None:
        return "asked"
    if file.ambiguity is not None:
        return f"taken without a question: {found.readings[:2]}"
    if found.invalid:
        return f"invalid: {found.invalid[0]}"
    got = {sensor: sorted(rows) for sensor, rows in _series(found).items()}
    want = {sensor: sorted(rows) for sensor, rows in file.series.items()}
    if got == want:
        return "right"
    strange = next((name for name in got if got[name] != want.get(name)), None)
    return f"wrong: {strange!r} {got.get(strange or '', [])[:2]}, expected of {sorted(want)}"


@pytest.mark.parametrize("part", range(PARTS))
def test_a_file_is_right_or_asked_about_and_an_ambiguous_one_is_asked_about(part: int) -> None:
    counted: Counter[str] = Counter()
    for seed in range(FIRST + part, FIRST + FILES, PARTS):
        file = made(seed)
        found = read(file.text.encode(), filename="generated.csv")
        verdict = _verdict(file, found)
        assert verdict in ("right", "asked"), (
            f"seed {seed} ({file.ambiguity}): {verdict}\n{file.text[:600]}"
        )
        if file.ambiguity is None:
            counted[verdict] += 1
    assert counted["right"] >= 3 * counted["asked"], counted


def test_every_ambiguity_is_tried() -> None:
    tried = {made(seed).ambiguity for seed in range(1, 400)}
    assert tried >= set(AMBIGUITIES)
