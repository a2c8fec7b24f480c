"""Why a file failed: its invalid rows by code with one example each, and the commands that may fix it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, Final

from cli.terminal import printable, shorten, styled, width, wrapped

Doc = dict[str, Any]

# Text longer than this is no marker of a gap.
_MARKER_CHARACTERS: Final = 20
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")


def is_grouped(doc: Doc, shown: int) -> bool:
    """Whether many rows have few kinds of faults, so that one example of each says more than the
    first rows."""
    codes, total = doc.get("codes") or {}, doc.get("invalid_count") or 0
    return total > shown and 0 < 2 * len(codes) <= total


def code_lines(doc: Doc) -> list[str]:
    """The codes of a file, the most frequent first, each with its first row that is known."""
    first: dict[str, Doc] = {}
    for row in doc.get("invalid_rows") or []:
        first.setdefault(str(row.get("code")), row)
    lines = []
    for code, count in sorted(doc["codes"].items(), key=lambda item: (-item[1], item[0])):
        lines.append(f"{count:,} x {styled(str(code), 'failed')}")
        row = first.get(code)
        if row is None:
            if doc.get("file_id"):
                lines.append(f"    csv-processor invalid {doc['file_id']} --code {code}")
            continue
        lines.append(wrapped(printable(str(row.get("error"))), "    "))
        raw = printable(str(row.get("raw") or "")) + (" …" if row.get("truncated") else "")
        place = f"row {row.get('row')}, line {row.get('line')}: "
        lines.append("    " + styled(f"{place}{shorten(raw, width() - 6 - len(place))}", "dim"))
    return lines


def command_lines(doc: Doc) -> list[str]:
    """The commands that would read a stored file: by its suggestions, or by its most frequent fault."""
    if not doc.get("file_id"):
        return []
    replay = f"csv-processor replay {doc['file_id']} --wait"
    lines: list[str] = []
    is_kept = not doc.get("raw_removed_at")  # else it cannot be replayed
    for suggestion in (doc.get("suggestions") or []) if is_kept else []:
        flags = " ".join(_flags(suggestion.get("options") or {}))
        lines += ["", f"if {printable(str(suggestion.get('message')))}:", f"    {replay} {flags}"]
    if not lines and (fix := _fix(doc)) and (is_kept or fix[1].startswith("csv-")):
        lines += [
            "",
            fix[0],
            f"    {fix[1] if fix[1].startswith('csv-') else f'{replay} {fix[1]}'}",
        ]
    return lines


def _fix(doc: Doc) -> tuple[str, str] | None:
    """What the most frequent fault may mean, and the options or the command for it."""
    codes = doc.get("codes") or {}
    if not codes:
        return None
    code = max(sorted(codes), key=lambda one: int(codes[one]))
    row = next((row for row in doc.get("invalid_rows") or [] if row.get("code") == code), None)
    observed = str((row or {}).get("observed") or "").strip()
    match code:
        case "value_format" if _DECIMAL_COMMA.fullmatch(observed):
            return "if values have a decimal comma:", "--decimal ,"
        case "value_format" | "value_not_finite" if 0 < len(observed) <= _MARKER_CHARACTERS:
            return f"if {printable(observed)} means no reading:", _added(doc, "missing", observed)
        case "missing_fields":
            return "if fields that are missing are empty:", _added(doc, "ragged", "fill")
        case "extra_fields":
            return "if extra fields are to be ignored:", _added(doc, "ragged", "cut")
        case "timestamp_format":
            return (
                "with the format of these timestamps (strptime):",
                f"csv-processor correct {doc['file_id']} --code {code} --time-format FORMAT",
            )
    return None


def _added(doc: Doc, name: str, one: str) -> str:
    """An option with a value more than the file was read with."""
    before = (doc.get("options") or {}).get(name) or []
    return " ".join(_flags({name: [*before, one]}))


def _flags(options: Doc) -> Iterator[str]:
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if isinstance(value, bool):
            yield flag if value else f"--no-{flag[2:]}"
            continue
        for one in value if isinstance(value, list) else [value]:
            yield f"{flag} {_quoted(str(one))}"


def _quoted(text: str) -> str:
    return shlex.quote(printable(text))
