"""Finds a file's header and its first data record, and what comes before, between and after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Final

from rows.sniff.cells import NUMBERS, Kind
from rows.sniff.data_records import DataRecords, kind_of_field, usual_width
from rows.sniff.date_masks import role_of_mask
from rows.sniff.lines import NO_LINES, PADDING, Line, Lines
from rows.sniff.name_parts import are_times_of_day
from rows.sniff.structure import Structure, column_names, unique_names
from rows.sniff.table import Marks, split_fields
from rows.sniff.words import TIME_ROLES, role_of, roles_of

# Lines between header and data that say units, types or rules, and lines before the data in which
# a header is looked for.
MOST_UNIT_LINES: Final = 4
_HEADER_WITHIN: Final = 8
# Records in which a header is looked for that has the columns that options name.
_NAMED_WITHIN: Final = 300
# `min` says no time: it is the minimum in lines that say which statistics columns have.
_HEADER_ROLES: Final = frozenset(TIME_ROLES) - {"minute_or_value"}
# Lines such as `[Channel 1]` and `Start time  =14/06/24` in a file that is separated by blanks.
_OF_SECTIONS: Final = re.compile(rb"\s*(?:\[[^\[\]]*\]\s*$|[^=]{1,40}=)")
# A header has as many fields as the data.
_FITS: Final = 2
_COMMA: Final = re.compile(rb",(?! )")
# So many lines before the data of a file without a header are no records of them.
_ENTRIES: Final = 2
_DIGIT: Final = re.compile(rb"[0-9]")
# Units of columns: with a sign such as `%` or `/`, or one of those that are written as words.
_UNIT: Final = re.compile(
    rb"[\[(]?(?:[^ ]{0,8}(?:%|\xc2\xb0|\xc2\xb5|/)[^ ]{0,8}|m?V|m?A|k?W|[kM]?Wh|[CFKsh]|bar|mbar|[hk]?Pa"
    rb"|psi|[mck]?m|m3|l|rpm|k?Hz|pp[mb]|min|k?g|dB|deg|deg ?[CF]|k?Ohm|lu?x)[\])]?"
)
# Roles of words before a row of names of sensors: `Trend`, `Parameter`, `Name`.
_OF_NAMES: Final = ("sensor", "quantity", "descriptor")
# Types of data, in small letters: `short[dec.0]`, `float`, `uint16`.
_TYPE: Final = re.compile(
    rb"(?:u?(?:short|long|[sdl]?int|integer)|[dl]?word|byte|bit|bool(?:ean)?|l?real|float"
    rb"|double|decimal|trigger(?=\[)|w?string|text|varchar|u?int(?:8|16|32|64)|(?:float|real)(?:32|64))"
    rb"(?:\[[^\[\]]*\])?"
)
# Lines at the beginning, and as many next to the data, in which a zone is looked for.
_PREAMBLE: Final = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What read options say about the structure."""

    header: bool | None = None
    header_by_profile: bool = False  # lines before the data can be anything
    column_names: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()  # names in small letters; the header has them
    comment: str | None = None
    no_comment: bool = False
    skip_after_header: int | None = None
    units: bool | None = None


def find_structure(lines: Lines, marks: Marks, asked: Asked) -> Structure | None:
    """The structure of a head by its records; None if none of them has numbers or times in it."""
    comment = asked.comment
    begins = {text[:1] for text in lines.texts}
    if comment is None and not asked.no_comment and b"#" in begins:
        comment = "#"
    mark = (comment or "\0").encode()
    plain = lines
    if begins & {b"", mark[:1], *(bytes([byte]) for byte in PADDING)}:
        plain = lines.where(
            text.strip(PADDING) and not text.startswith(mark) for text in lines.texts
        )
    typical = DataRecords(plain)
    first = next((line for line in plain if typical.is_data(line)), None)
    header = None
    if asked.header is not False:
        header, recognised = _header(lines, plain, first, typical, marks, asked)
    if header is None:
        names = unique_names(asked.column_names)
        if first is None and not names and asked.header is not False:
            return None
        begin = plain[0] if plain else None
        width = typical.width or (begin.width if begin else len(names))
        names += tuple(f"#{place}" for place in range(len(names) + 1, width + 1))
        before = lines[: lines.first_at(first.start)] if first is not None else NO_LINES
        if any(_is_of_section(line, marks) for line in before):
            begin = first  # sections before the data are no records of them
        elif (
            (asked.header is None or asked.header_by_profile)
            and len(before) >= _ENTRIES
            and all(_is_before_times(line, typical) for line in before)
        ):
            begin = first
        start, number = (begin.start, begin.number) if begin else (0, 1)
        data = plain[plain.first_at(start) :]
        return Structure(
            marks, comment, None, False, names, (), data, start, number, typical.width,
            _preamble(before),
        )  # fmt: skip
    typical = DataRecords(plain[plain.first_at(header.end) :])
    units, start, number = _after_header(lines, header, typical, mark, asked)
    names = unique_names(asked.column_names) or column_names(_in_groups(header, units, lines))
    data = plain[plain.first_at(start) :]
    return Structure(
        marks, comment, header, recognised, names, units, data, start, number,
        (usual_width(data) if units else typical.width) or typical.width,
        _preamble([line for line in lines[: lines.first_at(start)] if line is not header]),
    )  # fmt: skip


def _is_before_times(line: Line, typical: DataRecords) -> bool:
    """Whether a line has only a text without digits, or nothing, where the data have their times."""
    if line.is_blank or line.is_known or not typical.times:
        return bool(typical.times)
    cells = [line.fields[k] for k in typical.times if k < line.width] if line.fields else []
    return not any(_DIGIT.search(cell) for cell in cells)


def _in_groups(header: Line, units: Sequence[Line], lines: Lines) -> Sequence[bytes]:
    """The names of a header of two lines: those of its groups, each over several columns, before
    those of the columns (`Temp,,` over `Min,Max`: `Temp Min`, `Temp Max`)."""
    fields = header.fields or ()
    if units and b"" in fields[1:]:
        joined = _with_groups(fields, fields, units[0].fields or ())
        if joined is not None:
            return joined
    if len(set(fields)) < len(fields):
        place = lines.first_at(header.start)
        above = lines[place - 1].fields if place and not lines[place - 1].is_known else None
        joined = _with_groups(fields, above or (), fields)
        if joined is not None and len(set(joined)) == len(joined):
            return joined
    return fields


def _with_groups(
    fields: Sequence[bytes], groups: Sequence[bytes], below: Sequence[bytes]
) -> list[bytes] | None:
    """Names with the texts of their groups; None if no group has several columns, each with another
    text."""
    if len(groups) != len(below) or len(groups) != len(fields):
        return None
    if any(kind_of_field(text) is not Kind.TEXT for text in (*groups, *below) if text):
        return None
    begins = [k for k, group in enumerate(groups) if group]
    found = list(fields)
    joined = False
    for begin, end in pairwise([*begins, len(groups)]):
        texts = [text for text in below[begin:end] if text]
        stop = begin + len(texts)
        if len(set(texts)) < len(texts) or texts != list(below[begin:stop]):
            continue
        if any(map(_names_times, (groups[begin], *texts))):
            continue
        # The names of single columns are in the header itself, except if that is the line below.
        if len(texts) > 1 or (texts and groups is not fields):
            found[begin:stop] = [groups[begin] + b" " + text for text in texts]
            joined = joined or len(texts) > 1
    return found if joined else None


def _preamble(before: Sequence[Line]) -> tuple[Line, ...]:
    """The lines before the data that are looked at: the first ones and those next to the data."""
    if len(before) <= 2 * _PREAMBLE:
        return tuple(before)
    return (*before[:_PREAMBLE], *before[-_PREAMBLE:])


def _header(
    lines: Lines,
    plain: Lines,
    first: Line | None,
    typical: DataRecords,
    marks: Marks,
    asked: Asked,
) -> tuple[Line | None, bool]:
    """The header, and whether it is known by its words or by the options."""
    stop = len(lines) if first is None else lines.first_at(first.start)
    before = [line for line in lines[:stop] if not line.is_blank]
    if asked.columns:
        for line in islice((line for line in lines if not line.is_blank), _NAMED_WITHIN):
            for version in _versions(line, marks):
                version = _as_joined(version, first, marks)
                if asked.columns <= {name.lower() for name in column_names(version.fields or ())}:
                    return version, True
    best: tuple[tuple[int, bool, bool, bool, int], Line] | None = None
    for line in before[-_HEADER_WITHIN:] if first is not None else before:
        if _is_of_section(line, marks):
            continue
        for version in _versions(line, marks):
            version = _as_joined(version, first, marks)
            if _fit(version, typical) < _FITS:
                version = _with_commas_in_names(version, typical, marks)
            roles = roles_of(column_names(version.fields or ()))
            if not any(role is not None and role.role in _HEADER_ROLES for role in roles):
                continue
            times = [f for f in version.fields or () if kind_of_field(f) is Kind.TIME]
            if times and not are_times_of_day([field.decode() for field in times]):
                continue
            if _is_entry_above_others(version, before, typical):
                continue
            known = sum(role is not None for role in roles)
            timed = any(
                role is not None and role.role in _HEADER_ROLES and place in typical.times
                for place, role in enumerate(roles)
            )
            named = not _says_types(version), not _repeats_names(version)
            score = (_fit(version, typical), timed, *named, known)
            if best is None or score > best[0]:
                best = score, version
    if best is not None:
        return _with_names_above(best[1], before), True
    if asked.header:
        return (plain[0], True) if plain else (None, False)
    begins = {line.start for line in plain}
    unmarked = [line for line in before if line.start in begins]
    if first is not None and unmarked and typical.width > 1:
        nearest = unmarked[-1]
        for line in reversed(unmarked[-MOST_UNIT_LINES:]):
            names = line.width == typical.width and typical.is_units(line)
            if names and _filled(line) >= _filled(nearest) and not _is_of_section(line, marks):
                nearest = line  # of several the topmost one that names most columns
        of_section = _is_of_section(nearest, marks)
        if nearest.width == typical.width and typical.is_units(nearest) and not of_section:
            return nearest, False
    return None, False


def _is_entry_above_others(line: Line, before: Sequence[Line], typical: DataRecords) -> bool:
    """Whether a line has other fields than the data, and so has one with a time or a number below it:
    `dataType,period,day` above `data,first,2020-01-01` are entries."""
    if _fit(line, typical) >= _FITS or line.width < 2:
        return False
    return any(
        below.start > line.start and below.width == line.width and not typical.is_units(below)
        for below in before
    )


def _with_names_above(header: Line, before: Sequence[Line]) -> Line:
    """A header of units, with the names of the line above it whose texts are mostly different.

    Its timestamp is a mask (`dd.MM.yyyy HH:mm`), and several units are the same or the mask has a
    name above it; or it has a name, the units repeat or there are none, and above the name is nothing
    or a word for what the texts beside it name (`Trend`, `Device`).
    """
    fields = header.fields or ()
    repeats = _repeats_names(header)
    masks = {k for k, field in enumerate(fields) if role_of_mask(field.decode("utf-8", "replace"))}
    stamps = masks | {k for k, field in enumerate(fields) if _names_times(field)}
    places = [k for k in range(len(fields)) if k not in stamps]
    for line in reversed([line for line in before if line.start < header.start]):
        names = line.fields or ()
        if not stamps or len(names) != len(fields) or _repeats_names(line):
            continue
        if not masks and (
            not (_are_repeated(fields, places) or not any(fields[k] for k in places))
            or not all(_UNIT.fullmatch(fields[k]) for k in places if fields[k])
            or _are_repeated(names, places)
            or not all(_may_be_above_times(names[k]) for k in stamps)
        ):
            continue
        if masks and not repeats and not any(_names_times(names[k]) for k in stamps):
            continue
        kinds = {kind_of_field(names[k]) for k in places}
        if all(names[k] for k in places if fields[k]) and not kinds & set(NUMBERS):
            return header._replace(
                fields=tuple(names[k] if k in places else field for k, field in enumerate(fields))
            )
    return header


def _are_repeated(fields: Sequence[bytes], places: Sequence[int]) -> bool:
    """Whether one of some texts is there twice."""
    texts = [fields[k] for k in places if fields[k]]
    return len(set(texts)) < len(texts)


def _may_be_above_times(field: bytes) -> bool:
    """Whether a text can be above the name of the times, before the names of sensors."""
    role = role_of(field.decode("utf-8", "replace"))
    return not field or (role is not None and role.role in _OF_NAMES)


def _names_times(field: bytes) -> bool:
    """Whether a name is that of times, `min` not counted."""
    role = role_of(field.decode("utf-8", "replace"))
    return role is not None and role.role in _HEADER_ROLES


def _is_of_section(line: Line, marks: Marks) -> bool:
    """Whether a line is the head or an entry of a section before the data, and no header."""
    return marks.delimiter == " " and _OF_SECTIONS.match(line.text) is not None


def _versions(line: Line, marks: Marks) -> list[Line]:
    """A record as it is, and without the `#` that makes it a comment."""
    if not line.is_known:
        return [line]
    bare = line.text.lstrip(b"# \t")
    return [line._replace(fields=split_fields(bare, marks)), line]


def _as_joined(line: Line, first: Line | None, marks: Marks) -> Line:
    """A header separated by blanks, as the data are: a date and the time after it are one field."""
    fields = line.fields
    if marks.delimiter != " " or fields is None or first is None or not first.fields:
        return line
    fields = _without_and(fields)
    line = line._replace(fields=fields)
    for place, (field, after) in enumerate(pairwise(fields)):
        day, clock = (
            role_of(field.decode("utf-8", "replace")),
            role_of(after.decode("utf-8", "replace")),
        )
        if day is None or clock is None or (day.role, clock.role) != ("date", "time"):
            continue
        if place < first.width and b" " in first.fields[place]:
            joined = field + b" " + after
            return line._replace(fields=(*fields[:place], joined, *fields[place + 2 :]))
    return line


def _without_and(fields: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """The names of a header without the sign of `Date & Time`."""
    for place in range(1, len(fields) - 1):
        around = (role_of(fields[k].decode("utf-8", "replace")) for k in (place - 1, place + 1))
        if fields[place] == b"&" and [r.role if r else "" for r in around] == ["date", "time"]:
            return fields[:place] + fields[place + 1 :]
    return fields


def _with_commas_in_names(line: Line, typical: DataRecords, marks: Marks) -> Line:
    """A header that has as many fields as the data if a comma before a blank is part of a name."""
    if marks.delimiter != "," or b'"' in line.text:
        return line
    fields = tuple(field.strip() for field in _COMMA.split(line.text.lstrip(b"# \t")))
    return line._replace(fields=fields) if len(fields) == typical.width else line


def _filled(line: Line) -> int:
    """How many fields of a record have something in them."""
    return sum(1 for field in line.fields or () if field)


def _says_types(line: Line) -> bool:
    """Whether half of a record's texts beside that of the timestamp say types of data."""
    texts = [field for field in line.fields or () if field and not _names_times(field)]
    types = sum(_TYPE.fullmatch(text.lower()) is not None for text in texts)
    return types > 0 and 2 * types >= len(texts)


def _repeats_names(line: Line) -> bool:
    """Whether more than a quarter of a record's texts are there twice, as units and types are."""
    texts = [field for field in line.fields or () if field]
    return (len(texts) - len(set(texts))) * 4 > len(texts)


def _fit(line: Line, typical: DataRecords) -> int:
    """How well a header's number of fields fits that of the data."""
    fields = list(line.fields or ())
    while fields and not fields[-1]:
        fields.pop()
    if len(fields) in (typical.filled_width, typical.width) or line.width == typical.width:
        return _FITS
    return 1 if len(fields) > typical.filled_width else 0


def _after_header(
    lines: Lines, header: Line, typical: DataRecords, mark: bytes, asked: Asked
) -> tuple[tuple[Line, ...], int, int]:
    """The records between header and data, and offset and number of the line the data begin at."""
    after = lines[lines.first_at(header.end) :]
    start, number = header.end, header.next_number
    units: list[Line] = []
    if asked.skip_after_header is not None:
        number += asked.skip_after_header
        skipped = [line for line in after if line.number < number]
        if skipped:
            start, number = skipped[-1].end, skipped[-1].next_number
        return tuple(line for line in skipped if not line.is_blank), start, number
    if asked.units is False:
        return (), start, number
    for line in after:
        if line.is_blank or line.text.startswith(mark):
            continue
        wanted = asked.units and not units
        if len(units) == MOST_UNIT_LINES or not (
            wanted or typical.is_units(line, after_header=True)
        ):
            break
        units.append(line)
        start, number = line.end, line.next_number
        if asked.units:
            break
    return tuple(units), start, number
