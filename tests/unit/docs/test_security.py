"""SECURITY.md: every threat names tests, and the tests are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def threats() -> list[str]:
    text = (ROOT / "SECURITY.md").read_text().split("## Threats")[1].split("\n## ")[0]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [row for row in rows if not row.startswith(("| threat", "|---"))]


def test_every_threat_has_a_test_that_is_there() -> None:
    assert len(threats()) >= 20
    for row in threats():
        named = NAMED.findall(row)
        assert named, f"no test covers: {row}"
        for path, name in named:
            assert re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text(), re.MULTILINE), (
                name
            )
