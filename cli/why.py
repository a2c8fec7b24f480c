"""Why a file failed: its invalid rows by code with one example each, and the commands that may fix it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any, Final

from cli.terminal import printable, shorten, styled, width, wrapped
from schemas.limits import MAX_INVALID_EXCEEDED

Doc = dict[str, Any]

# So few invalid rows are listed one by one.
_FEW_ROWS: Final = 3
# Text longer than this is no marker of a gap.
_MARKER_CHARACTERS: Final = 20
_DECIMAL_COMMA: Final = re.compile(r"[+-]?\d+,\d+")


def is_grouped(doc: Doc) -> bool:
    """Whether more than a few rows have few kinds of faults, so that one example of each says more
    than the first rows."""
    codes, total = doc.get("codes") or {}, doc.get("invalid_count") or 0
    return total > _FEW_ROWS and 0 < 2 * len(codes) <= total


def code_lines(doc: Doc) -> list[str]:
    """The codes of a file, the most frequent first, each with its first row that is known; and the
    command that lists all rows."""
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
    if doc.get("file_id"):
        lines.append(f"all of them: csv-processor invalid {doc['file_id']}")
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
    for meaning, fix in [] if lines else [*_lifted(doc), *_fixes(doc)]:
        is_command = fix.startswith("csv-")
        if is_kept or is_command:
            lines += ["", meaning, f"    {fix if is_command else f'{replay} {fix}'}"]
    return lines


def _lifted(doc: Doc) -> Iterator[tuple[str, str]]:
    if str(doc.get("error") or "").startswith(f"{MAX_INVALID_EXCEEDED}:"):
        yield "if its valid rows are to count all the same:", "--max-invalid none"


def _fixes(doc: Doc) -> Iterator[tuple[str, str]]:
    """What the most frequent fault may mean, and the options or the command for it."""
    codes = doc.get("codes") or {}
    if not codes:
        return
    code = max(sorted(codes), key=lambda one: int(codes[one]))
    row = next((row for row in doc.get("invalid_rows") or [] if row.get("code") == code), None)
    observed = str((row or {}).get("observed") or "").strip()
    match code:
        case "value_format" if _DECIMAL_COMMA.fullmatch(observed):
            yield "if values have a decimal comma:", "--decimal ,"
        case "value_format" | "value_not_finite" if 0 < len(observed) <= _MARKER_CHARACTERS:
            yield f"if {printable(observed)} means no reading:", _added(doc, "missing", observed)
        case "missing_fields":
            yield "if fields that are missing are empty:", _added(doc, "ragged", "fill")
        case "extra_fields":
            yield "if extra fields are to be ignored:", _added(doc, "ragged", "cut")
        case "timestamp_format":
            correct = f"csv-processor correct {doc['file_id']} --code {code} --time-format"
            formats = _time_formats(doc, code)
            for form in formats:
                meaning = f"if {printable(observed)} is {printable(form)}:"
                yield meaning, f"{correct} {_quoted(form)}"
            if not formats:
                yield "with the format of these timestamps (strptime):", f"{correct} FORMAT"


def _time_formats(doc: Doc, code: str) -> list[str]:
    """The formats in which the faulty timestamps may be written; several are in question."""
    # Loaded only if it is needed.
    from rows.sniff.timestamps import find_ways
    from schemas.timestamp_format import steps_of

    texts = [
        str(row.get("observed") or "")
        for row in doc.get("invalid_rows") or []
        if row.get("code") == code
    ]
    ways = find_ways(texts).ways
    forms = [way.formats[0] for way in ways if way.has_date and way.has_time]
    return [form for form in forms if "%" in form and not {"%*", "%Z"} & set(steps_of(form))]


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
