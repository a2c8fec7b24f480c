"""`inspect`: how a file is read, and its first readings; offline, by the engine of the workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import orjson

from cli.contents import Content, code_of_all, contents
from cli.exit_codes import FAILED, PROCESSED, CommandError, worst
from cli.inputs import Source, sources
from cli.reading_options import read_options_of
from cli.render import notice_lines, read_as_lines
from cli.terminal import printable, say, styled, table
from rows.decode.compression import compression_said
from rows.outcome import BatchOutcome
from rows.reader import FileReader
from rows.sniff.describe import suggestion_document
from rows.sniff.doubt import InDoubt
from rows.turns import Counted, turns
from schemas.dialect_document import detected_document, dialect_document
from schemas.errors import BadData
from schemas.instants import micros_of, utc_now
from schemas.limits import Limits
from schemas.notices import with_counted
from schemas.read_options import ReadOptions

_READINGS: Final = 10
_BATCH_BYTES: Final = 256 << 10

Document = dict[str, Any]


def inspect_all(
    paths: Sequence[str], *, filename: str | None, options: dict[str, Any], as_json: bool
) -> int:
    """Print how each file of `paths` is read; the exit code that speaks for all of them."""
    chosen = read_options_of(options)
    codes = []
    for number, file in enumerate(sources(paths, filename)):
        if number and not as_json:
            say()
        try:
            codes.append(_inspected_all(file, chosen, as_json))
        except OSError as exc:
            raise CommandError(f"{file.path}: {exc.strerror or exc}") from exc
    return worst(codes)


def _inspected_all(file: Source, chosen: ReadOptions, as_json: bool) -> int:
    codes = []
    for number, content in enumerate(contents(file)):
        document = inspected(content, chosen)
        if as_json:
            say(orjson.dumps(document).decode())
        else:
            if number:
                say()
            say("\n".join(_lines(document)))
        codes.append(FAILED if document["error"] else PROCESSED)
    return code_of_all(codes)


def inspected(file: Content, chosen: ReadOptions) -> Document:
    """How a file is read, with its first readings, notices and suggestions."""
    limits = Limits()
    reader = FileReader(
        chosen,
        limits,
        _BATCH_BYTES,
        said=compression_said(file.filename, None),
        filename=file.filename,
    )
    document: Document = {
        "filename": file.filename,
        "parent": file.parent,
        "error": None,
        "code": None,
        "dialect": None,
        "readings": [],
        "notices": [],
        "suggestions": [],
    }
    try:
        if file.refused is not None:
            raise file.refused
        batch = next(reader.batches(file.read()), None)
        dialect = reader.dialect
        if dialect is None:
            return document | {"error": "the file is empty", "code": "missing_file"}
        document |= dialect_document(dialect)
        document["dialect"] = dialect_document(dialect)
        counted: Counted = {}
        if batch is not None:
            outcome = reader.parse(batch, max_invalid=0, readings=True, latest=micros_of(utc_now()))
            document["readings"] = _readings(outcome)
            counted = outcome.notices | turns(outcome.partials)
        document["notices"] = [
            notice.model_dump(mode="json") for notice in with_counted(dialect.notices, counted)
        ]
    except InDoubt as doubt:
        document["suggestions"] = [suggestion_document(one) for one in doubt.suggestions]
        document |= {"error": doubt.reason, "code": doubt.code}
        document["dialect"] = detected_document(doubt.detected)
    except BadData as exc:
        document |= {"error": exc.reason, "code": exc.code}
    return document


def _readings(outcome: BatchOutcome) -> list[Document]:
    assert outcome.readings is not None
    return [
        {
            "sensor_id": row["sensor_id"],
            "timestamp": row["timestamp"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "value": row["value"],
        }
        for row in outcome.readings.slice(0, _READINGS).to_pylist()
    ]


def _lines(document: Document) -> list[str]:
    """A document for people."""
    lines = [f"{'file':<10} {printable(document['filename'])}"]
    if document["parent"] is not None:
        lines.append(f"{'in':<10} {printable(document['parent'])}")
    if document["error"]:
        lines.append(f"{'error':<10} {styled(printable(document['error']), 'failed')}")
        lines += read_as_lines(document["dialect"])
    else:
        lines += [
            f"{name:<10} {printable(_shown(document[key]['value']))}"
            + styled(f"  ({document[key]['source']})", "dim")
            for name, key in _FACTS
        ]
        if document["profile"]:
            lines.append(f"{'profile':<10} {document['profile']}")
        roles = [(c["role"] or "not read", printable(c["name"])) for c in document["columns"]]
        lines += ["", *table(["role", "column"], roles[:_COLUMNS])]
        if len(roles) > _COLUMNS:
            lines.append(f"and {len(roles) - _COLUMNS} more columns")
    if document["readings"]:
        lines += ["", *_reading_lines(document["readings"])]
    lines += notice_lines(document["notices"])
    for suggestion in document["suggestions"]:
        lines += ["", f"if {printable(suggestion['message'])}:", f"    {suggestion['command']}"]
        lines += [f"    {line}" for line in _reading_lines(suggestion["readings"])]
    return lines


_COLUMNS: Final = 30
_FACTS: Final = (
    ("layout", "layout"),
    ("sensor", "sensor"),
    ("timestamp", "timestamp"),
    ("written", "timestamp_format"),
    ("zone", "timezone"),
    ("decimal", "decimal"),
    ("delimiter", "delimiter"),
    ("encoding", "encoding"),
)


def _reading_lines(readings: Sequence[Document]) -> list[str]:
    if not readings:
        return []
    rows = [(r["timestamp"], repr(r["value"]), printable(r["sensor_id"])) for r in readings]
    return table(["timestamp", "value", "sensor"], rows, ["value"])


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " + ".join(str(one) for one in value)
    return {"\t": "tab", " ": "space"}.get(str(value), str(value))
