"""The metrics of API and workers, from their registries."""

from __future__ import annotations

from prometheus_client.metrics import MetricWrapperBase

from runtime import metrics
from scripts.reference.markdown import table as markdown_table


def table() -> str:
    """Every metric with its labels, the process that has it, and what it counts."""
    rows: list[tuple[str, ...]] = []
    for variable, metric in vars(metrics).items():
        if variable.startswith("_") or not isinstance(metric, MetricWrapperBase):
            continue
        (about,) = metric.describe()
        name = about.name + ("_total" if about.type == "counter" else "")
        homes = {"API": metrics.API, "worker": metrics.WORKER}
        of = [who for who, home in homes.items() if name in home._names_to_collectors]
        labels = ", ".join(f"`{label}`" for label in metric._labelnames)
        rows.append((f"`{name}`", about.type, labels, " and ".join(of), about.documentation))
    return markdown_table(("metric", "kind", "labels", "process", "meaning"), rows)
