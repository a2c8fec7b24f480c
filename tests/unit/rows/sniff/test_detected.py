"""What is settled of a file that is in doubt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rows.sniff.doubt import InDoubt
from rows.sniff.head import find_dialect
from schemas.dialect_document import detected_document, dialect_document
from schemas.events import Detected
from schemas.file_record import FileRecord
from tests.harness.records import waiting
from tests.unit.rows.sniff.reading import options_of

_DAY_OR_MONTH = b"Zeit;Vorlauf\n03/04/2026 10:00;40\n04/04/2026 10:00;41\n"


def doubt_of(body: bytes, *flags: str) -> InDoubt:
    with pytest.raises(InDoubt) as raised:
        find_dialect(body, options_of(list(flags)), complete=True)
    return raised.value


def settled(document: dict[str, Any]) -> dict[str, Any]:
    """The properties that have a source, each as its value and its source."""
    return {
        name: (said["value"], said["source"])
        for name, said in document.items()
        if isinstance(said, dict) and said["source"] is not None
    }


def test_marks_header_and_roles_are_settled_although_the_times_are_not() -> None:
    found = detected_document(doubt_of(_DAY_OR_MONTH, "--timezone", "Europe/Berlin").detected)
    assert settled(found) == {
        "layout": ("wide", "header"),
        "encoding": ("utf-8", "content"),
        "compression": (None, "content"),
        "delimiter": (";", "content"),
        "quote": ('"', "content"),
        "escape": (None, "content"),
        "comment": (None, "content"),
        "header": (True, "content"),
        "timestamp": (["Zeit"], "header"),
        "values": (["Vorlauf"], "header"),
        "timezone": ("Europe/Berlin", "option"),
    }
    assert found["columns"] == [
        {"name": "Zeit", "role": "timestamp"},
        {"name": "Vorlauf", "role": "value"},
    ]
    assert (found["first_data_line"], found["column_count"], found["settled"]) == (2, 2, False)


def test_the_usual_header_is_settled_too() -> None:
    body = b"sensor_id\ttimestamp\tvalue\na\t03/04/2026\t1\n"
    found = detected_document(doubt_of(body).detected)
    assert (found["delimiter"]["value"], found["header"]["value"]) == ("\t", True)
    assert [column["role"] for column in found["columns"]] == ["sensor", "timestamp", "value"]


def test_columns_without_roles_have_their_names() -> None:
    found = detected_document(doubt_of(b"a,7,8,9\nb,7,8,9\nc,7,8,9\n").detected)
    assert found["columns"] == [{"name": f"#{n}", "role": None} for n in range(1, 5)]
    assert found["layout"] == {"value": None, "source": None}
    assert found["header"] == {"value": False, "source": "content"}


def test_the_encoding_is_settled_although_there_is_no_table() -> None:
    found = detected_document(
        doubt_of("größer als ein Wort\nnoch eins\n".encode("utf-16")).detected
    )
    assert settled(found) == {
        "encoding": ("utf-16-le", "content"),
        "compression": (None, "content"),
    }
    assert (found["columns"], found["first_data_line"]) == ([], None)


def test_what_is_settled_has_the_properties_of_a_dialect() -> None:
    read = find_dialect(b"Zeit;Vorlauf\n2026-04-03 10:00;40\n", options_of([]), complete=True)
    in_doubt = doubt_of(_DAY_OR_MONTH).detected
    assert detected_document(in_doubt).keys() == dialect_document(read).keys()
    assert detected_document(Detected()).keys() == dialect_document(read).keys()


def test_a_record_keeps_it() -> None:
    in_doubt = doubt_of(_DAY_OR_MONTH)
    record = waiting()
    ended = record.terminal(
        "failed",
        finished_at=record.upload_time,
        processing_ms=1,
        error=in_doubt.reason,
        detected=in_doubt.detected,
    )
    assert FileRecord.from_json(ended.row()["record"]) == ended
    assert ended.read_as == detected_document(in_doubt.detected)
    assert replace(ended, detected=None).read_as is None
