"""docs/operations.md names every metric there is, with its labels and what it means."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase

from runtime import metrics

OPERATIONS = Path(__file__).parents[3] / "docs" / "operations.md"
START, END = "<!-- metrics -->", "<!-- end of metrics -->"


def table() -> str:
    """The metrics as a Markdown table."""
    lines = ["| metric | kind | labels | process | what it is |", "|---|---|---|---|---|"]
    for variable, metric in vars(metrics).items():
        if variable.startswith("_") or not isinstance(metric, MetricWrapperBase):
            continue
        (about,) = metric.describe()
        name = about.name + ("_total" if about.type == "counter" else "")
        homes = {"API": metrics.API, "worker": metrics.WORKER}
        of = [who for who, home in homes.items() if name in home._names_to_collectors]
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        cells = [f"`{name}`", about.type, labels, " and ".join(of), about.documentation]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def test_the_table_of_metrics_is_that_of_the_code() -> None:
    text = OPERATIONS.read_text()
    assert text.split(START)[1].split(END)[0].strip() == table().strip()


def test_expressions_name_metrics_that_there_are() -> None:
    known = set(metrics.API._names_to_collectors) | set(metrics.WORKER._names_to_collectors)
    assert set(re.findall(r"csv_processor_\w+", OPERATIONS.read_text())) <= known
