"""What the API answers, as lines for people. Pure: documents in, lines out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from cli.format import many, moment, size, took, value
from cli.terminal import printable, shorten, styled, table, width, wrapped
from cli.why import code_lines, command_lines, is_grouped

Doc = dict[str, Any]

_SENSORS_SHOWN = 10
_INVALID_SHOWN = 10


# Properties of how a file is read, as they are called on a terminal.
READ_AS: Final = (
    ("layout", "layout"),
    ("sensor", "sensor"),
    ("time", "timestamp"),
    ("written", "timestamp_format"),
    ("zone", "timezone"),
    ("decimal", "decimal"),
    ("delimiter", "delimiter"),
    ("encoding", "encoding"),
)


_COLUMNS_SHOWN: Final = 12


def file_lines(doc: Doc) -> list[str]:
    """One file: its status, totals, sensors and the first of its invalid rows."""
    found = doc.get("aggregations") or {}
    facts = [
        ("file", printable(str(doc.get("filename")))),
        ("status", styled(str(doc.get("status")), str(doc.get("status")))),
        ("size", size(int(doc.get("size_bytes") or 0))),
    ]
    if doc.get("file_id"):  # a dry run has none
        facts.insert(1, ("id", str(doc["file_id"])))
        facts.append(("uploaded", f"{moment(doc.get('upload_time'))} UTC"))
    if doc.get("error"):
        facts.append(("error", printable(str(doc["error"]))))
    if doc.get("duplicate_of"):
        facts.append(("same as", f"{doc['duplicate_of']}, which counts; this file does not"))
    if doc.get("raw_removed_at"):
        facts.append(("raw file", f"removed {moment(doc['raw_removed_at'])} UTC by retention"))
    if doc.get("readings_removed_at"):
        at = moment(doc["readings_removed_at"])
        facts.append(("readings", f"removed {at} UTC by retention"))
    if doc.get("parent_id"):
        facts.append(("member of", str(doc["parent_id"])))
    if doc.get("members"):
        facts.append(("members", _members(doc["members"])))
    if doc.get("status") == "waiting":
        progress = doc.get("progress") or {}
        facts.append(("progress", f"{many(progress.get('rows_done') or 0, 'row')} so far"))
    else:
        invalid = doc.get("invalid_count") or 0
        facts.append(("took", took(doc.get("processing_ms"))))
        facts.append(("rows", f"{found.get('row_count') or 0:,} valid, {invalid:,} invalid"))
        if doc.get("limit_reached"):
            facts.append(("limit", printable(str(doc["limit_reached"].get("reason")))))
        if doc.get("resubmissions"):
            facts.append(
                ("corrected", f"{doc.get('corrected_count') or 0:,} of {invalid:,} invalid rows")
            )
    if doc.get("resubmission_of"):
        facts.append(("corrects", f"invalid rows of {doc['resubmission_of']}"))
    if doc.get("replay"):
        facts.append(("replay", f"generation {doc['replay'].get('generation')} is in progress"))
    if found.get("row_count"):
        facts.append(
            ("values", f"{value(found.get('min_value'))} to {value(found.get('max_value'))}")
        )
    lines = [f"{name:<9} {text}" for name, text in facts]
    lines += _counts(doc, found.get("per_sensor_count") or {})
    lines += notice_lines(doc.get("notices") or [])
    if doc.get("invalid_rows"):
        lines += ["", *_first_invalid(doc)]
    if doc.get("status") == "failed" or is_grouped(doc):
        lines += command_lines(doc)
    return lines


def notice_lines(notices: Sequence[Doc]) -> list[str]:
    """What was seen in a file and not acted on, with what to do about it."""
    lines = []
    for notice in notices:
        lines += ["", f"notice: {notice['code']}", wrapped(printable(notice["message"]), "    ")]
        if notice["suggestion"]:
            lines.append(wrapped(printable(notice["suggestion"]), "    "))
    return lines


def _members(counts: dict[str, int]) -> str:
    """How many members a container has: `5: 3 processed, 2 failed`."""
    total = counts.get("total") or 0
    parts = [f"{n:,} {status}" for status, n in counts.items() if status != "total" and n]
    return f"{total:,}: {', '.join(parts)}" if parts else f"{total:,}"


def read_as_lines(dialect: Doc | None) -> list[str]:
    """How a file was read, each property with how it was determined; of one in doubt what is settled."""
    if not dialect:
        return []
    settled = dialect.get("settled", True)
    lines = ["", "read as" if settled else "detected"]
    for name, key in READ_AS:
        found = dialect[key]
        if not settled and found["source"] is None:
            continue
        shown = found["value"]
        text = ", ".join(map(str, shown)) if isinstance(shown, list) else str(shown)
        source = styled(f"  ({found['source']})", "dim")
        lines.append(f"{name:<9} {printable(text)}{source}")
    if not settled and dialect["columns"]:
        names = [printable(str(column["name"])) for column in dialect["columns"][:_COLUMNS_SHOWN]]
        more = dialect["column_count"] - len(names)
        lines.append(f"{'columns':<9} {', '.join(names)}{f' and {more} more' if more > 0 else ''}")
    if dialect.get("profile"):
        version = (
            f", version {dialect['profile_version']}" if dialect.get("profile_version") else ""
        )
        lines.append(f"{'profile':<9} {printable(str(dialect['profile']))}{version}")
    return lines


def _counts(doc: Doc, per_sensor: dict[str, int]) -> list[str]:
    if not per_sensor:
        return []
    rows = sorted(per_sensor.items(), key=lambda item: (-item[1], item[0]))[:_SENSORS_SHOWN]
    lines = ["", *table(["rows", "sensor"], [(f"{n:,}", printable(s)) for s, n in rows], ["rows"])]
    total = doc.get("sensor_count") or len(per_sensor)
    if total > len(rows):
        rest = many(total - len(rows), "more sensor")
        lines.append(f"and {rest}" + _look("sensors", doc))
    return lines


def _first_invalid(doc: Doc) -> list[str]:
    if is_grouped(doc):
        return code_lines(doc)
    shown = doc["invalid_rows"][:_INVALID_SHOWN]
    lines = invalid_lines(shown)
    total = doc.get("invalid_count") or len(shown)
    if total > len(shown):
        rest = many(total - len(shown), "more invalid row")
        lines.append(f"and {rest}" + _look("invalid", doc))
    return lines


def _look(command: str, doc: Doc) -> str:
    """Where more of a file is shown; of a dry run there is no more."""
    return f": csv-processor {command} {doc['file_id']}" if doc.get("file_id") else ""


def invalid_lines(items: Sequence[Doc]) -> list[str]:
    """Invalid rows: place, code, error, and the original row."""
    lines = []
    for item in items:
        where = f"row {item.get('row')}, line {item.get('line')}"
        if item.get("member"):
            where = f"{printable(str(item['member']))}, {where}"
        lines.append(f"{where}  {styled(str(item.get('code')), 'failed')}")
        lines.append(wrapped(printable(str(item.get("error"))), "    "))
        raw = printable(str(item.get("raw") or "")) + (" …" if item.get("truncated") else "")
        lines.append("    " + styled(f"| {shorten(raw, width() - 6)}", "dim"))
    return lines


def files_lines(items: Sequence[Doc]) -> list[str]:
    """A list of files, one line each."""
    rows = [
        (
            str(doc.get("file_id")),
            moment(doc.get("upload_time")),
            str(doc.get("status")),
            f"{(doc.get('aggregations') or {}).get('row_count') or 0:,}",
            f"{doc.get('invalid_count') or 0:,}",
            size(int(doc.get("size_bytes") or 0)),
            _name_and_reason(doc),
        )
        for doc in items
    ]
    head = ["id", "uploaded (UTC)", "status", "rows", "invalid", "size", "file"]
    return table(head, rows, ["rows", "invalid", "size"])


def summary(items: Sequence[Doc]) -> str:
    """How many files have which status, and their rows."""
    statuses = Counter(str(doc.get("status")) for doc in items)
    rows = sum((doc.get("aggregations") or {}).get("row_count") or 0 for doc in items)
    invalid = sum(doc.get("invalid_count") or 0 for doc in items)
    parts = ", ".join(f"{n:,} {status}" for status, n in sorted(statuses.items()))
    return f"{many(len(items), 'file')}: {parts}; {rows:,} valid rows, {invalid:,} invalid"


def _name_and_reason(doc: Doc) -> str:
    name = printable(str(doc.get("filename")))
    if doc.get("duplicate_of"):
        return f"{name}: duplicate of {doc['duplicate_of']}"
    return f"{name}: {printable(str(doc['error']))}" if doc.get("error") else name


def sensor_lines(items: Sequence[Doc]) -> list[str]:
    """Results per sensor, one line each; over all files with the number of files."""
    totals = any("files" in item for item in items)
    rows = [
        (
            f"{item.get('row_count') or 0:,}",
            value(item.get("min_value")),
            value(item.get("max_value")),
            value(item.get("mean_value")),
            f"{value(item.get('last_value'))} at {moment(item.get('last_timestamp'))}",
            *((f"{item.get('files') or 0:,}",) if totals else ()),
            printable(str(item.get("sensor_id"))),
        )
        for item in items
    ]
    head = ["rows", "min", "max", "mean", "last", *(["files"] if totals else []), "sensor"]
    return table(head, rows, ["rows", "min", "max", "mean", "files"])
