"""Every code: its section in the documentation, and a file that shows it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from rows.sniff.resolve import resolve
from schemas.invalid_codes import COLUMN_OF, COLUMNS, InvalidCode
from schemas.limits import Limits
from schemas.read_options import read_options
from tests.harness.row_files import whole

ROOT = Path(__file__).parents[4]
FILES = ROOT / "tests/data/rows"
EXPECTED = tomllib.loads((FILES / "expected.toml").read_text())


def test_every_code_has_its_section_in_its_order() -> None:
    text = (ROOT / "docs/rows.md").read_text()
    sections = re.findall(r"^### (\w+)$", text[text.index("## Codes") :], re.MULTILINE)
    assert sections == [code.value for code in InvalidCode]


def test_every_code_has_its_file() -> None:
    codes = {code.value for code in InvalidCode}
    assert {path.stem for path in FILES.glob("*.csv")} == codes == EXPECTED.keys()


@pytest.mark.parametrize("code", list(InvalidCode))
def test_code(code: InvalidCode) -> None:
    data = (FILES / f"{code}.csv").read_bytes()
    expected = EXPECTED[code]
    limits = Limits(max_record_bytes=expected.get("max_record_bytes", 1000))
    options = read_options(expected.get("options", {}))
    dialect = resolve(data, options, complete=True, limits=limits)
    found = whole(data, dialect, limits)
    assert (found.valid, found.codes) == (2, {code: 1})
    (row,) = found.invalid
    assert (row["row"], row["line"]) == (2, 3)
    assert data[row["byte_offset"] :].splitlines()[0] == data.splitlines()[2]
    assert (row["column"], row["error"]) == (expected["column"] or None, expected["error"])
    assert (row["column"] in COLUMNS) == (COLUMN_OF[code] is not None)
