"""Heads that are refused or asked about for their form alone: no table, too wide, uneven records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from rows.sniff.cells import Kind
from rows.sniff.coded_values import check_scale_lines
from rows.sniff.data_records import kind_of_field
from rows.sniff.doubt import Alternative, Question
from rows.sniff.file_head import FileHead
from rows.sniff.lines import Lines
from rows.sniff.name_parts import names_a_sensor
from rows.sniff.sources import Sources
from rows.sniff.structure import Structure, column_names
from rows.sniff.words import TIME_ROLES, folded, role_of
from rows.split.other_part import entry_of
from schemas.errors import BadData
from schemas.events import DialectSpec
from schemas.limits import Limits
from schemas.read_options import ReadOptions

_WHOLE: Final = re.compile(rb"\s*[+-]?\d+\s*")
_SECONDS: Final = re.compile(rb"\d:[0-5]\d:[0-5]\d\s*$")
_DECIMAL: Final = re.compile(rb"\s*[+-]?\d*\.\d+\s*")
LOTS: Final = frozenset(
    {"lot", "lot no", "lot nr", "lot number", "lot id", "batch", "batch no", "batch nr", "batch id"}
    | {"batch number", "charge nr", "chargennummer", "los", "losnummer", "lote", "lotto"}
    | {"partij", "sample", "sample id", "sample name", "sample no", "probe nr", "probennummer"}
    | {"specimen", "specimen id", "patient", "patient id", "subject", "subject id", "experiment"}
    | {"lot de fabrication", "numero de lot", "partia", "parti", "erä", "batchnummer"}
)
"""Words for what is measured one after the other by the same device."""

# So many records before the header are a part of the file.
_PART: Final = 4
# A name has one; a mere sign at the end of a header is none.
_LETTER: Final = re.compile(rb"[0-9A-Za-z\x80-\xff]")


def too_many_columns(count: str, limits: Limits) -> BadData:
    return BadData(
        "too_many_columns",
        f"the header has {count} columns; at most {limits.max_columns} are taken",
    )


def _check_unfinished_line(file: FileHead, options: ReadOptions) -> None:
    """Refuse a header that is longer than the head.

    Raises:
        BadData: `too_many_columns`.
    """
    if file.complete:
        return
    rest = file.head[max(file.head.rfind(b"\n"), file.head.rfind(b"\r")) + 1 :]
    signs = [options.delimiter.encode()] if options.delimiter else [b",", b";", b"\t", b"|"]
    most = max(rest.count(sign) for sign in signs)
    if most >= file.limits.max_columns:
        raise too_many_columns(f"more than {most}", file.limits)


def without_columns(file: FileHead, options: ReadOptions, sources: Sources) -> DialectSpec:
    """A file without a record that has numbers or times: nothing, a header only, or no table."""
    from rows.sniff.dialect import sniff

    _check_unfinished_line(file, options)
    plain = options.model_copy(update={"timestamp_format": (), "profile": None})
    found = sniff(file.head, plain, complete=file.complete, limits=file.limits)
    rest = file.head[found.data_start :]
    mark = (found.comment or "#").encode()
    filled = [
        line for line in rest.splitlines() if line.strip(b" \t\0\x1a") and not line.startswith(mark)
    ]
    if not filled:
        return found.model_copy(update={"sources": sources.found})
    shown = filled[0][:60].decode("utf-8", "replace")
    raise Question(
        "layout_unknown",
        f"no record has a timestamp and numbers, as seen in {shown!r}; send a table of readings, or "
        "say with the read options how it is written",
    )


def _is_plain_number(field: bytes) -> bool:
    """Whether a field is digits with a sign and a point at most: sooner known than its kind."""
    return field.removeprefix(b"-").replace(b".", b"", 1).isdigit()


def _check_second_header(structure: Structure) -> None:
    """Ask if other columns begin within the head: their cells would be read as those of the first."""
    assert structure.header is not None
    if structure.is_even and structure.ends_with_numbers:
        return
    own = column_names(structure.header.fields or ())
    for line in structure.data:
        fields = line.fields
        if fields is None or len(fields) < 2 or _is_plain_number(fields[-1]):
            continue
        if any(kind_of_field(field) is not Kind.TEXT for field in fields):
            continue
        names = column_names(line.fields or ())
        roles = [role_of(name) for name in names]
        if names != own and any(r is not None and r.role in TIME_ROLES for r in roles):
            raise Question(
                "layout_unknown",
                f"line {line.number} is another header ({', '.join(names[:4])}); send the parts of the "
                "file with different columns by themselves",
            )


def check_earlier_part(lines: Lines, structure: Structure) -> None:
    """Ask if records with a header of their own come before the header: they would be passed over.

    Args:
        lines: all records of the head.

    Raises:
        Question: there are several; a table of the periods of a station is none of them.
    """
    if structure.header is None:
        return
    header, place, count = None, -1, 0
    for line in lines:
        if line.start >= structure.header.start:
            break
        fields = line.fields
        if fields is None or len(fields) < 2:
            continue
        kinds = [kind_of_field(field) for field in fields]
        if all(kind in (Kind.TEXT, Kind.EMPTY) for kind in kinds):
            found = _place_of_times(fields)
            if found is not None:
                header, place, count = line, found, 0
        elif header is not None and line.width == header.width and kinds[place] is Kind.TIME:
            count += Kind.NUMBER in kinds or Kind.SIGNED in kinds
    if header is not None and count >= _PART:
        raise Question(
            "layout_unknown",
            f"{count} records under line {header.number} come before another header in line "
            f"{structure.header.number}; send the parts of the file with different columns by "
            "themselves",
        )


def _place_of_times(fields: Sequence[bytes]) -> int | None:
    """The first column of a header that has timestamps; None if they begin and end periods."""
    roles = [role_of(name) for name in column_names(fields)]
    places = [k for k, role in enumerate(roles) if role is not None and role.role in TIME_ROLES]
    said = {word for k in places if (role := roles[k]) is not None for word in role.qualifiers}
    return None if not places or {"start", "end"} <= said else places[0]


def _check_other_part(structure: Structure) -> None:
    """Ask if the header comes again, and a line before it names another sensor than the first time."""
    assert structure.header is not None
    first = dict(filter(None, (named_sensor(line.text) for line in structure.preamble)))
    if not first:
        return
    for line in structure.data:
        named = named_sensor(line.text) if not _is_data(line.fields) else None
        if named is not None and named[1] != first.get(named[0], named[1]):
            shown = line.text[:40].decode("utf-8", "replace")
            raise Question(
                "layout_unknown",
                f"line {line.number} ({shown!r}) names another sensor than the lines before the data; "
                "send the parts of the file by themselves",
            )


def named_sensor(text: bytes) -> tuple[str, str] | None:
    """The word for a sensor that a line begins with, and what follows; None if it has no such word."""
    entry = entry_of(text.decode("utf-8", "replace"))
    if entry is None:
        return None
    name, value = entry
    role = role_of(name)
    is_sensor = (role is not None and role.role == "sensor") or names_a_sensor(name)
    is_sensor = is_sensor or folded(name) in LOTS
    return (name, value) if is_sensor else None


def _is_data(fields: Sequence[bytes] | None) -> bool:
    return any(kind_of_field(field) is Kind.TIME for field in fields or ())


def check_decimal_commas(
    header: Sequence[bytes], records: Iterable[Sequence[bytes]], delimiter: str
) -> None:
    """Ask if a decimal comma may have made two fields of a value.

    That is so in a file that is separated by commas if its header ends with some, if records have
    digits in these columns without a name, and if no number of such a record has a decimal point.

    Raises:
        Question: `number_ambiguous`.
    """
    named = len(header)
    while named and not header[named - 1].strip():
        named -= 1
    if delimiter != "," or named == len(header):
        return
    found: Sequence[bytes] | None = None
    for fields in records:
        rest = b"".join(fields[named:]).strip()
        if not rest:
            continue
        if not rest.isdigit() or any(_DECIMAL.fullmatch(field) for field in fields):
            return
        found = found or fields
    if found is not None:
        shown = b",".join(found)[:60].decode("utf-8", "replace")
        raise Question(
            "number_ambiguous",
            f"in {shown!r} a comma may be a decimal sign or separate a column without a name; quote "
            "values with a decimal comma or separate fields by another sign, or say with "
            "value_column which columns are values",
        )


def check_names_of_rows(structure: Structure) -> None:
    """Ask if the header has no name for the first field, as R writes tables: all names would be those of
    the next column.

    Raises:
        Question: all records have one field more than the header, which counts them, before the times.
    """
    if structure.header is None or structure.is_even:
        return
    names = column_names(structure.header.fields or ())
    records = [line.fields for line in structure.data if line.fields]
    if not records or any(len(fields) != len(names) + 1 for fields in records):
        return
    if names[:1] == ("#1",):
        return
    times = [k for k, name in enumerate(names) if (r := role_of(name)) and r.role in TIME_ROLES]
    if not times or not all(
        _is_data(fields[k + 1 : k + 2]) for fields in records for k in times[:1]
    ):
        return
    if not all(fields[0].isdigit() for fields in records):
        return
    raise Question(
        "layout_unknown",
        f"records have one field more than the header has names ({len(names)}), and the first one "
        "numbers them, as R writes tables; say with column_names the names of all fields",
        [
            Alternative(
                {"column_names": ("row", *names)}, "the first field is the number of the record"
            )
        ],
    )


def check_split_numbers(structure: Structure, values: int) -> None:
    """Ask if commas within numbers make more fields than the header has names: `21,4` or `10:00:05,123`.

    Raises:
        Question: `number_ambiguous`; to ignore the fields beyond the header would be wrong.
    """
    if structure.marks.delimiter != ",":
        return
    records = [line.fields for line in structure.data if line.fields]
    more = {len(fields) - structure.width for fields in records}
    if len(more) != 1 or not records:
        return
    shown = b",".join(records[0])[:60].decode("utf-8", "replace")
    numbers = [field for fields in records for field in fields if _WHOLE.fullmatch(field)]
    decimals = any(_DECIMAL.fullmatch(field) for fields in records for field in fields)
    if more == {values} and not decimals and len(numbers) >= 2 * values * len(records):
        what = "values have decimal commas"
    elif more == {1} and all(_has_fraction(fields) for fields in records):
        what = "timestamps have commas before parts of a second"
    else:
        return
    raise Question(
        "number_ambiguous",
        f"in {shown!r} there are more fields than names, as if {what}, which no read option "
        "can say; put such fields in quotes or separate fields by another sign",
    )


def _has_fraction(fields: Sequence[bytes]) -> bool:
    """Whether a field after a time of day with seconds is parts of a second."""
    return any(
        _SECONDS.search(one) and other.isdigit() and len(other) in (3, 6)
        for one, other in pairwise(fields)
    )


def check_widths(structure: Structure, options: ReadOptions, values: Sequence[int]) -> None:
    """Ask if most records have more fields than the header, or many have fewer than are needed."""
    if structure.header is None or not structure.data:
        return
    if not options.value_column:
        check_scale_lines(structure)
    _check_second_header(structure)
    _check_other_part(structure)
    if not (options.value_column or options.ignore_column or options.column_names):
        check_decimal_commas(
            structure.header.fields or (),
            (line.fields for line in structure.data if line.fields),
            structure.marks.delimiter,
        )
    long = short = 0
    needed = max(values, default=0) + 1
    usual = structure.width if needed <= structure.width else -1
    for line in structure.data:
        if structure.is_even and usual == structure.width:
            break
        if line.fields is None or len(line.fields) == usual:
            continue
        if any(line.fields[structure.width :]):
            long += 1
        elif 1 < len(line.fields) < needed:
            short += 1
    if "cut" not in options.ragged and long * 2 > len(structure.data):
        check_split_numbers(structure, len(values))
        raise Question(
            "layout_unknown",
            f"{long} of {len(structure.data)} records have more fields than the header has names "
            f"({structure.width}); say with ragged=cut that those beyond are ignored",
            [Alternative({"ragged": ("cut",)}, "fields beyond the header are ignored")],
        )
    named = [k for k, name in enumerate(structure.header.fields or (), 1) if _LETTER.search(name)]
    widest = structure.width
    if not structure.is_even:
        widest = max((line.width for line in structure.data), default=0)
    if (
        "fill" not in options.ragged
        and 1 < widest < max(named, default=0)
        and len(structure.data) > 1
    ):
        raise Question(
            "layout_unknown",
            f"the header has {named[-1]} names, and no record has more than {widest} fields, so that "
            "names may have signs that separate fields; quote them, or say with ragged=fill that "
            "fields are missing at the end",
            [Alternative({"ragged": ("fill",)}, "the names are those of the first columns")],
        )
    # One short record is an invalid row, however few there are: it does not cost the file.
    many = short > 1 or short == len(structure.data)
    if "fill" not in options.ragged and many and short * 10 > len(structure.data):
        raise Question(
            "layout_unknown",
            f"{short} of {len(structure.data)} records have fewer fields than the header; say with "
            "ragged=fill that those at the end are empty",
            [Alternative({"ragged": ("fill",)}, "fields that are missing at the end are empty")],
        )
