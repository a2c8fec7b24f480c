"""Files of several parts with the same header, each with a title of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from rows.sniff.cells import Kind
from rows.sniff.data_records import kind_of_field
from rows.sniff.doubt import Question
from rows.sniff.lines import Line, Lines
from rows.sniff.name_parts import is_identifier, names_a_sensor
from rows.sniff.naming import groups_of, named_only
from rows.sniff.refusals import LOTS, named_sensor
from rows.sniff.structure import Structure
from rows.sniff.table import Marks
from rows.sniff.words import folded, role_of
from rows.split.other_part import (
    begins_unusually,
    entry_of,
    fewest_fields,
    other_part,
    title_of,
)
from schemas.events import DialectSpec
from schemas.read_options import ReadOptions
from schemas.read_plan import Parts

# Words for where, or what, something is that a file is about.
_PLACES: Final = frozenset(
    {"name", "location", "label", "description", "title", "position", "depth"}
    | {"ort", "bezeichnung", "beschreibung", "tiefe", "nom", "emplacement", "profondeur"}
    | {"nombre", "ubicacion", "profundidad", "nome", "posizione", "profondita", "naam", "diepte"}
    | {"namn", "djup", "nazwa", "lokalizacja", "glebokosc", "navn", "sted", "nimi", "paikka"}
)
# One of so many records may begin with a letter in a file whose records begin with numbers; so many
# of the head are looked at.
_UNUSUAL, _SOME = 50, 200
_LONGEST_UNITS: Final = 1000


def check_titles(head: bytes, lines: Lines, structure: Structure) -> None:
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
    if _may_come_again(head, header, structure.marks) and lines.fields.count(header.fields) > 1:
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


def parts_of(
    lines: Lines, structure: Structure, options: ReadOptions, before: Sequence[str]
) -> Parts:
    """What lines after the first record are compared with.

    Args:
        lines: all records of the head.
        before: the text of all lines before the data.
    """
    quote = structure.marks.quote.encode()
    some = structure.data[:: max(1, len(structure.data) // _SOME)]
    records = [line.text for line in some if _is_data(line)]
    unusual = sum(begins_unusually(text, quote) for text in records)
    named: dict[str, str] = {}
    for line in structure.preamble:
        if line.start >= structure.start and (
            options.header is False or line.width == structure.width
        ):
            continue  # a record that has no time or value
        text = line.text.decode("utf-8", "replace")
        if structure.comment:
            text = text.lstrip(f"{structure.comment} \t")
        entry = entry_of(text)
        if entry is not None and _says_what_is_measured(entry[0]):
            named[entry[0]] = entry[1]
    header = structure.header
    above = None
    if header is not None:
        before_it = lines[: lines.first_at(header.start)]
        above = next((line for line in reversed(before_it) if not line.is_blank), None)
    title = None
    if above is not None and not above.is_known and not _is_data(above):
        title = title_of(above.text.decode("utf-8", "replace").strip())
    return Parts(
        numbers_first=bool(records) and unusual * _UNUSUAL <= len(records),
        quotes_first=any(text.lstrip(b" \t").startswith(quote) for text in records),
        named=tuple(named.items()),
        patterns=tuple(_found_patterns(options, before)),
        title=title,
        alone=(
            structure.units[0].text.decode("utf-8", "replace").strip()
            if len(structure.units) == 1 and _is_text_alone(structure.units[0])
            else None
        ),
        units=tuple(
            shown.decode("utf-8", "replace")
            for line in structure.units
            if (shown := line.text.strip(b" \t")) and len(shown) <= _LONGEST_UNITS
        ),
    )


def _found_patterns(options: ReadOptions, before: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The patterns that sensor, zone or times have groups of, each with the texts of its groups."""
    used = [options.sensor, options.timezone, options.timestamp_start, *options.timestamp_column]
    wanted = " ".join(filter(None, used))
    for pattern in options.preamble_pattern:
        found = groups_of([pattern], before, "preamble_pattern", needed=False)
        names = re.findall(r"\(\?P<(\w+)>", pattern)
        if any(f"{{{name}}}" in wanted for name in names):
            yield (named_only(pattern), *(found.get(name, "") for name in names))


def _says_what_is_measured(name: str) -> bool:
    role = role_of(name)
    if role is not None and role.role in ("sensor", "unit", "quantity"):
        return True
    return names_a_sensor(name) or is_identifier(name) or folded(name) in LOTS | _PLACES


def check_parts(
    lines: Lines, structure: Structure, found: DialectSpec, head: bytes, *, complete: bool
) -> None:
    """Ask if a line after the first record begins another part of the file: `#ts_id;4712` after
    `#ts_id;4711`.

    Args:
        lines: all records of the head.
        found: how the file is read, with `Parts`.
        complete: whether `head` is the whole file.

    Raises:
        Question: the parts are of different sensors, or in other units, or have other columns.
    """
    assert found.plan is not None
    parts = found.plan.parts
    assert parts is not None
    mark = (structure.comment or "\0").encode()
    quote = structure.marks.quote.encode()
    header = (found.header_text or "\0").encode()
    looked_at: list[Line] = []
    if parts.numbers_first:
        firsts = {text[:2] for text in structure.data.texts}
        if any(begins_unusually(first, quote) or not first.strip() for first in firsts):
            looked_at = [line for line in structure.data if begins_unusually(line.text, quote)]
    elif (fewest := fewest_fields(found)) and not structure.is_even:
        looked_at = [line for line in structure.data if len(line.fields or ()) < fewest]
    if structure.comment is not None:
        looked_at += [
            line for line in lines[lines.first_at(structure.start) :] if line.text.startswith(mark)
        ]
    if parts.units and head.find(header, structure.start) >= 0:
        looked_at += [line for line in structure.data if line.text.strip(b" \t") == header]
    for line in looked_at:
        if isinstance(other_part(head, line.start, line.number, found, final=complete), str):
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


def _title(filled: Sequence[Line], place: int) -> str | None:
    """The line before a header without its dates; None if there is none, or it is a record."""
    line = filled[place - 1] if place else None
    if line is None or _is_data(line):
        return None
    text = line.text.decode("utf-8", "replace")
    # `Battery: 3.61 V` says nothing about what is measured.
    return text if named_sensor(line.text) is not None else title_of(text)


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
