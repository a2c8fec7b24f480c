"""Files of several parts with the same header, each with a title of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from rows.sniff.cells import Kind
from rows.sniff.data_records import kind_of_field
from rows.sniff.doubt import Question
from rows.sniff.name_parts import is_identifier, names_a_sensor
from rows.sniff.refusals import named_sensor
from rows.sniff.structure import Structure
from rows.sniff.table import Line, Marks, fields_of

# Dates and times of day, which lines say each time that a logger starts.
_MOMENT: Final = re.compile(rb"\d[\d:./-]*[:./-][\d:./-]*\d|\b\d{4,}\b|\b[APap][Mm]\b")
_ENTRY: Final = re.compile(rb"[^:=,;\t]{1,40}[:=,;\t]+[^:=,;\t]")
_NAMED_COMMENT: Final = re.compile(r"[ \t#]*([^\W\d][\w ./-]{0,40}?)[ \t]*[:=,;|\t](.+)")
_PAGE: Final = re.compile(rb"\W*(?:page|seite|pagina|p\xc3\xa1gina|sida|strona)\b", re.IGNORECASE)


def check_titles(head: bytes, lines: Sequence[Line], structure: Structure) -> None:
    """Ask if a header comes again after another title, or before other units, than the first time.

    Args:
        head: the text of the lines, and of what is before them.
        lines: all records of the head.

    Raises:
        Question: the parts may be of different sensors or quantities.
    """
    header = structure.header
    if header is None or not header.fields:
        return
    if (
        _may_come_again(head, header, structure.marks)
        and list(map(fields_of, lines)).count(header.fields) > 1
    ):
        filled = [line for line in lines if not line.is_blank]
        again = [k for k, line in enumerate(filled) if line.fields == header.fields]
        _check_again(filled, again, structure)
    else:
        _check_titles_alone(structure)


def _may_come_again(head: bytes, header: Line, marks: Marks) -> bool:
    """Whether the longest name of a header, or what may be written for it, is in other lines too."""
    name = max(header.fields or (b"",), key=len)
    if marks.escape or marks.quote.encode() in name:
        return True
    return head.find(name, 0, header.start) >= 0 or head.find(name, header.end) >= 0


def check_comments(lines: Sequence[Line], structure: Structure) -> None:
    """Ask if a comment among the records has another id or name than one before them had:
    `#ts_id;4712` after `#ts_id;4711`.

    Raises:
        Question: the parts are of different sensors.
    """
    mark = (structure.comment or "").encode()
    if not mark:
        return
    before: dict[str, str] = {}
    for line in lines:
        if not line.text.startswith(mark):
            continue
        named = _NAMED_COMMENT.match(line.text[len(mark) :].decode("utf-8", "replace"))
        if named is None or not (is_identifier(named[1]) or names_a_sensor(named[1])):
            continue
        name, text = named[1].lower(), named[2].strip()
        if line.start < structure.start:
            before[name] = text
        elif before.get(name, text) != text:
            raise _another(line)


def _check_again(filled: Sequence[Line], again: Sequence[int], structure: Structure) -> None:
    first = _title(filled, again[0])
    units = [line.text for line in structure.units]
    for place in again[1:]:
        title = _title(filled, place)
        if first is not None and title is not None and first != title:
            raise _another(filled[place - 1])
        after = filled[place + 1 : place + 1 + len(units)]
        for line, text in zip(after, units, strict=False):
            if _is_data(line):
                break
            if line.text != text:
                raise _another(line)


def _check_titles_alone(structure: Structure) -> None:
    """Ask if a line of one text is before the first record, and another one between later records."""
    if len(structure.units) != 1 or not _is_text_alone(structure.units[0]):
        return
    own = structure.units[0].text
    for line, after in pairwise(structure.data):
        if _is_text_alone(line) and line.text != own and _is_data(after):
            raise _another(line)


def _title(filled: Sequence[Line], place: int) -> bytes | None:
    """The line before a header without its dates; None if there is none, or it is a record."""
    line = filled[place - 1] if place else None
    if line is None or _is_data(line) or _PAGE.match(line.text):
        return None
    if _ENTRY.match(line.text) and named_sensor(line.text) is None:
        return None  # `Battery: 3.61 V` says nothing about what is measured
    return b" ".join(_MOMENT.sub(b" ", line.text).split())


def _is_text_alone(line: Line) -> bool:
    fields = [field for field in line.fields or () if field]
    return len(fields) == 1 and kind_of_field(fields[0]) is Kind.TEXT


def _is_data(line: Line) -> bool:
    return any(kind_of_field(field) is Kind.TIME for field in line.fields or ())


def _another(line: Line) -> Question:
    shown = line.text[:40].decode("utf-8", "replace")
    return Question(
        "layout_unknown",
        f"line {line.number} ({shown!r}) may begin a part of the file that is of another sensor or "
        "in other units; send the parts of the file by themselves",
    )
