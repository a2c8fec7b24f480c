"""docs/operations.md names metrics that exist; its table is generated."""

from __future__ import annotations

import re
from pathlib import Path

from runtime import metrics
from schemas.databases import internal_database

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"


def test_expressions_name_metrics_that_there_are() -> None:
    known = set(metrics.API._names_to_collectors) | set(metrics.WORKER._names_to_collectors)
    named = set(re.findall(r"csv_processor_\w+", OPERATIONS.read_text()))
    assert named - {internal_database("csv_processor")} <= known
