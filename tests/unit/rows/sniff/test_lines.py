"""The lines of a head, and its records: which there are, their fields, and which of them are chosen."""

from __future__ import annotations

import random

import pytest

from rows.sniff.lines import Line, Lines
from rows.sniff.table import Marks, physical_lines, read_lines, split_fields

ALL = 10_000


def lines_of(head: bytes, marks: Marks) -> Lines:
    return read_lines(head, physical_lines(head, 0, complete=True, most=ALL), marks)


def texts_of(characters: str, count: int = 300) -> list[bytes]:
    source = random.Random(characters)
    lengths = (source.randrange(40) for _ in range(count))
    return ["".join(source.choices(characters, k=length)).encode() for length in lengths]


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("start", [0, 3])
def test_line_feeds_and_carriage_returns_end_lines(start: int, complete: bool) -> None:
    for head in texts_of("ab\n\r"):
        expected = head[start:].splitlines(keepends=True)
        if expected and not complete and expected[-1][-1:] not in b"\r\n":
            del expected[-1]
        found = physical_lines(head, min(start, len(head)), complete=complete, most=ALL)
        spans = zip(found.starts[:-1].tolist(), found.starts[1:].tolist(), strict=True)
        assert [head[begin:end] for begin, end in spans] == expected
        assert found.texts == [line.rstrip(b"\r\n") for line in expected]


def test_no_more_lines_than_asked_for() -> None:
    found = physical_lines(b"a\nb\nc", 0, complete=True, most=2)
    assert (found.texts, found.starts.tolist()) == ([b"a", b"b"], [0, 2, 4])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " ", "§"])
@pytest.mark.parametrize("characters", ["a1,;\n", "a1,; \t\n", "a§ §\n"])
def test_records_without_quotes_have_the_fields_of_their_line(
    delimiter: str, characters: str
) -> None:
    marks = Marks(delimiter)
    for head in texts_of(characters, 60):
        found = lines_of(head, marks)
        assert found.texts == head.splitlines()
        assert found.fields == [split_fields(text, marks) for text in found.texts]
        assert [line.fields for line in found] == found.fields
        assert found.widths.tolist() == [line.width for line in found]
        assert [line.number for line in found] == list(range(1, len(found) + 1))
        if found.unquoted:
            fields = [text.split(delimiter.encode()) for text in found.texts]
            assert [list(line.fields or ()) for line in found] == fields


def test_a_record_in_quotes_has_the_lines_that_it_is_on() -> None:
    found = lines_of(b'a,"b\nc"\n\nd,e,"f"g\n', Marks(","))
    assert list(found) == [
        Line(0, 8, 1, 3, b'a,"b\nc"', (b"a", b"b\nc")),
        Line(8, 9, 3, 4, b"", (b"",)),
        Line(9, 18, 4, 5, b'd,e,"f"g', None),
    ]
    assert found.widths.tolist() == [2, 1, 0]
    assert not found.unquoted


def test_some_of_the_records() -> None:
    found = lines_of(b"a,b\nc\nd,e\nf,g\n", Marks(","))
    wide = found.with_width(2)
    assert wide.texts == [b"a,b", b"d,e", b"f,g"]
    assert wide.widths.tolist() == [2, 2, 2]
    assert wide[1:].texts == [b"d,e", b"f,g"]
    assert wide[::2].fields == [(b"a", b"b"), (b"f", b"g")]
    assert [wide.first_at(offset) for offset in (0, 1, 6, 7, 99)] == [0, 1, 1, 2, 3]
    assert wide[1] is found[2]  # a header is known again by what it is, not by its text
    assert found.with_width(3).texts == []


def test_a_record_with_some_fields_is_found() -> None:
    found = lines_of(b"a,b\nc,d\n", Marks(","))
    assert found.has((b"c", b"d"))
    assert not found[:1].has((b"c", b"d"))
    assert not found.has((b"c,d",))  # one field with a delimiter in it
    padded = lines_of(b"a, b\nc ,d\n", Marks(","))
    assert padded.has((b"c", b"d"))
    assert not padded.has((b"c ", b"d"))
