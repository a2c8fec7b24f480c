"""The same file written otherwise gives the same readings, or is asked about.

The files are those of makers that are read without options and without a profile (a profile knows a
maker's file by its form). `MUTATION_SEED` chooses the orders of columns.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.differential.mutations import mutations
from tests.unit.rows.sniff.reading import Read, read

DATA = Path(__file__).resolve().parents[1] / "data"
SEED = int(os.environ.get("MUTATION_SEED", "1"))


def _files() -> list[Path]:
    names = [
        DATA / "makers" / entry["file"]
        for entry in json.loads((DATA / "makers" / "expected.json").read_text())
        if entry.get("readings")
    ]
    field = DATA / "field"
    names += [
        field / "files" / entry["file"]
        for entry in json.loads((field / "expected.json").read_text())
        if entry["without_options"] == "right" and not entry["file"].endswith(".zip")
    ]
    return sorted(names)


def _series(found: Read) -> Counter[tuple[tuple[str, float], ...]]:
    series: dict[str, list[tuple[str, float]]] = {}
    for sensor, stamp, value in found.readings:
        series.setdefault(sensor, []).append((stamp, value))
    return Counter(tuple(sorted(rows)) for rows in series.values())


@pytest.mark.parametrize("path", _files(), ids=lambda path: path.name)
def test_another_way_to_write_a_file_changes_no_reading(path: Path) -> None:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        pytest.skip("it is not UTF-8; its encoding is part of its form")
    plain = read(text.encode(), filename=path.name)
    if plain.doubt is not None or plain.dialect is None or plain.dialect.profile or plain.invalid:
        pytest.skip("it is asked about, has invalid rows, or a profile knows it by its form")
    assert plain.dialect.header
    wanted = _series(plain)
    header, random = plain.dialect.header_text or "", Random(f"{SEED} {path.name}")
    for mutated in mutations(text, header, plain.dialect.data_line, random):
        found = read(mutated.data, filename=path.name)
        if found.doubt is not None:
            continue
        assert _series(found) == wanted, (mutated.how, found.readings[:4])
        assert mutated.more_rows or not found.invalid, (mutated.how, found.invalid[0])
