"""What the API answers about the service and all files together, as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from cli.format import many, moment, size, value
from cli.terminal import printable, styled, table

Doc = dict[str, Any]

# A status of the service in the colour of a file's status.
_COLOURS: Final = {"ready": "processed", "degraded": "partial", "not ready": "failed"}


def status_lines(address: str, live: Doc, ready: Doc) -> list[str]:
    """The service and its parts: which are ready, and why one is not."""
    status = str(ready.get("status"))
    rows = [
        (
            name,
            "ready" if part.get("ready") else "not ready",
            printable(str(part.get("reason") or part.get("detail") or "")),
        )
        for name, part in (ready.get("parts") or {}).items()
    ]
    head = f"{address}  version {live.get('version')}  {styled(status, _COLOURS.get(status, ''))}"
    lines = [head, "", *table(["part", "status", ""], rows)]
    if lost := live.get("lost_tasks"):
        lines += [f"{task} fails: {printable(str(why))}" for task, why in lost.items()]
    return lines


def waiting_lines(counts: Doc, oldest: Doc | None) -> list[str]:
    """How many files there are, and the one that waits longest."""
    lines = ["", _files(counts)]
    if oldest is not None:
        name = printable(str(oldest.get("filename")))
        lines.append(f"waits since {moment(oldest.get('upload_time'))} UTC: {name}")
    return lines


def stats_lines(counts: Doc) -> list[str]:
    """Counts over all files."""
    names = ("record_count", "row_count", "invalid_count", "missing_count", "excluded_count")
    labels = ("records", "valid", "invalid", "missing", "excluded")
    facts = [
        ("files", _files(counts)),
        ("size", size(int(counts.get("size_bytes") or 0))),
        *((label, f"{counts.get(name) or 0:,}") for label, name in zip(labels, names, strict=True)),
        ("sensors", f"{counts.get('sensor_count') or 0:,}"),
    ]
    return [f"{name:<9} {text}" for name, text in facts]


def _files(counts: Doc) -> str:
    statuses = ("processed", "partial", "failed", "waiting")
    parts = ", ".join(f"{counts.get(status) or 0:,} {status}" for status in statuses)
    return f"{many(counts.get('files') or 0, 'file')}: {parts}"


def reading_lines(items: Sequence[Doc]) -> list[str]:
    """Readings of a sensor, one interval a line."""
    rows = [
        (
            moment(item.get("timestamp")),
            f"{item.get('row_count') or 0:,}",
            value(item.get("min_value")),
            value(item.get("mean_value")),
            value(item.get("max_value")),
        )
        for item in items
    ]
    return table(["from (UTC)", "rows", "min", "mean", "max"], rows, ["rows", "min", "mean", "max"])
