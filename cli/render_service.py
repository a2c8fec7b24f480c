"""What the API answers about the service and all files together, as lines for people."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from cli.format import many, moment, size, value
from cli.terminal import printable, styled, table

Doc = dict[str, Any]

_NUMBER: Final = re.compile(r"^(Nullable\()?(LowCardinality\()?(U?Int|Float|Decimal)")
# A status of the service in the colour of a file's status.
_COLOURS: Final = {"ready": "processed", "degraded": "partial", "not ready": "failed"}


def status_lines(address: str, found: Doc) -> list[str]:
    """The service: parts and why one is not ready, workers, what waits, dead letters, disks."""
    status = str(found.get("status"))
    head = f"{address}  version {found.get('version')}  {styled(status, _COLOURS.get(status, ''))}"
    parts = [
        (name, _ready(part), printable(str(part.get("reason") or part.get("detail") or "")))
        for name, part in (found.get("parts") or {}).items()
    ]
    lines = [head, "", *table(["part", "status", ""], parts)]
    if lost := found.get("lost_tasks"):
        lines += [f"{task} fails: {printable(str(why))}" for task, why in lost.items()]
    if workers := found.get("workers"):
        rows = [(w.get("name"), _ready(w), printable(str(w.get("reason") or ""))) for w in workers]
        lines += ["", *table(["worker", "status", ""], rows)]
    return [*lines, "", *_facts(found)]


def _ready(part: Doc) -> str:
    return "ready" if part.get("ready") else "not ready"


def _facts(found: Doc) -> list[str]:
    facts = []
    if counts := found.get("files"):
        facts.append(("files", _files(counts)))
    if oldest := found.get("oldest_waiting"):
        since = f"{moment(oldest.get('upload_time'))} UTC"
        facts.append(("oldest", f"waits since {since}: {printable(str(oldest.get('filename')))}"))
    if (lag := found.get("lag")) is not None:
        waiting = [f"{count:,} in {topic}" for topic, count in lag.items() if count]
        facts.append(("lag", many(sum(lag.values()), "message") + _listed(waiting)))
    if letters := found.get("dead_letters"):
        text = many(letters.get("total") or 0, "dead letter")
        if left := letters.get("not_announced"):
            text += f", {left:,} not announced again (csv-processor dead-letters)"
        facts.append(("letters", text))
    for disk in found.get("disks") or []:
        free, total = size(disk.get("free_bytes") or 0), size(disk.get("total_bytes") or 0)
        facts.append(("disk", f"{free} of {total} free, {printable(str(disk.get('name')))}"))
    return [f"{name:<8} {text}" for name, text in facts]


def _listed(texts: Sequence[str]) -> str:
    return f": {', '.join(texts)}" if texts else ""


def letter_lines(items: Sequence[Doc]) -> list[str]:
    """Dead letters, two lines each: what it is, and why."""
    lines = []
    for item in items:
        again = "  announced again" if item.get("announced_at") else ""
        lines.append(
            f"{item.get('letter_id')}  {moment(item.get('received_at'))} UTC"
            f"  {item.get('code')}{again}"
        )
        lines.append(f"    {printable(str(item.get('reason')).partition(chr(10))[0])}")
    return lines


def retention_lines(rules: Sequence[Doc]) -> list[str]:
    """What each rule would remove, with the first files by name."""
    lines = []
    for found in rules:
        lines.append(f"{printable(str(found.get('rule')))}: {_removed(found)}")
        first = found.get("first") or []
        lines += [
            f"    {moment(file.get('upload_time'))}  {file.get('file_id')}"
            f"  {printable(str(file.get('filename')))}"
            for file in first
        ]
        if (more := (found.get("files") or 0) - len(first)) > 0:
            lines.append(f"    and {many(more, 'file')} more")
    return lines


def _removed(found: Doc) -> str:
    if found.get("age_seconds") is None:
        return "is kept"
    if not found.get("files"):
        return "nothing"
    parts = [many(found["files"], "file")]
    if members := found.get("members"):
        parts.append(many(members, "member"))
    if found.get("what") != "readings":
        parts.append(size(found.get("size_bytes") or 0))
    if found.get("what") != "raw":
        parts.append(many(found.get("row_count") or 0, "row"))
    return ", ".join(parts)


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


def table_lines(found: Doc) -> list[str]:
    """The rows of a query as a table; numbers are aligned right."""
    columns = found.get("columns") or []
    rows = [[_cell(value) for value in row] for row in found.get("rows") or []]
    names = [printable(str(column.get("name"))) for column in columns]
    right = [bool(_NUMBER.search(str(column.get("type")))) for column in columns]
    widths = [max(map(len, cells)) for cells in zip(names, *rows, strict=True)]
    return [
        "  ".join(
            text.rjust(width) if is_number else text.ljust(width)
            for text, width, is_number in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in (names, *rows)
    ]


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return printable(text)
