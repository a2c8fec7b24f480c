"""The bench of polluted files: its cases are correct, its score distinguishes right from wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.dirty.cases import Case, cases
from bench.dirty.page import PAGE
from bench.dirty.readers import READERS, product
from bench.dirty.scores import score

A, B, C = ("a", 1, 1.0), ("b", 2, 2.0), ("c", 3, 3.0)


def test_score() -> None:
    case = Case("x", b"", expected=(A, B), optional=(C,))
    assert score(case, [B, A]) == 1.0
    assert score(case, [A, B, C]) == 1.0
    assert score(case, [A, B, B]) == pytest.approx(0.8)
    assert score(case, [A]) == pytest.approx(2 / 3)
    assert score(case, []) == 0.0
    assert score(case, None) == 0.0
    assert score(Case("empty", b"", expected=()), []) == 1.0


def test_cases_are_named_once_and_differ() -> None:
    found = cases()
    assert len({case.name for case in found}) == len(found)
    assert len({case.data for case in found}) == len(found)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_product_recovers_everything(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "polluted.csv"
    path.write_bytes(case.data)
    assert score(case, product(path)) == 1.0


def test_the_page_has_every_case_and_every_reader() -> None:
    text = PAGE.read_text()
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", text, re.MULTILINE)
    assert [name for name, _ in rows] == [case.name for case in cases()], (
        "make bench-dirty ARGS=--page"
    )
    assert {row.split("|")[0].strip() for _, row in rows} == {"1"}
    assert f"| file | {' | '.join(READERS)} |" in text
    assert all(row.count("|") + 1 == len(READERS) for _, row in rows)
