"""What looks like text in columns."""

from __future__ import annotations

import codecs
import gzip

import pytest

from rows.sniff.file_types import HEAD_BYTES, looks_like_columns

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR,;\t"


@pytest.mark.parametrize(
    "name", ["a.csv", "A.CSV", "a.tsv", "a.txt", "a.csv.gz", "a.csv.zst", "a.b.csv "]
)
def test_names_that_say_so(name: str) -> None:
    assert looks_like_columns(name, "image/png", PNG)


@pytest.mark.parametrize("name", ["a.png", "a", "csv", "a.csv.png", "a.gz", "a.xlsx", ""])
def test_names_that_do_not(name: str) -> None:
    assert not looks_like_columns(name, "image/png", PNG)


@pytest.mark.parametrize("kind", ["text/csv", "Text/CSV; charset=utf-8", "text/plain"])
def test_content_types_that_say_so(kind: str) -> None:
    assert looks_like_columns("x.bin", kind, PNG)


@pytest.mark.parametrize("kind", [None, "", "application/octet-stream", "text/html", "image/png"])
def test_content_types_that_do_not(kind: str | None) -> None:
    assert not looks_like_columns("x.bin", kind, PNG)


@pytest.mark.parametrize(
    "head",
    [
        b"a,b,c\n1,2,3\n",
        b"1;2;3",
        b"a\tb\r\n",
        b"a|b",
        "größe;µ\n".encode("latin-1"),
        "温度,値\n".encode(),
        codecs.BOM_UTF8 + b"a,b",
        codecs.BOM_UTF16_LE + "a,b\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "a;b\n".encode("utf-16-be"),
        pytest.param(gzip.compress(b"a,b,c\n" * 9999)[:HEAD_BYTES], id="gzip of columns"),
        b"\x28\xb5\x2f\xfd\x04\x00",
    ],
)
def test_first_bytes_that_say_so(head: bytes) -> None:
    assert looks_like_columns("x", None, head)


@pytest.mark.parametrize(
    "head",
    [
        PNG,
        b"",
        b"one column only\n",
        b"%PDF-1.7, with; delimiters\n",
        b"PK\x03\x04,,,",
        b"  <!DOCTYPE html><p>a,b",
        b'<?xml version="1.0"?><a>1,2</a>',
        b"\x7fELF,,",
        pytest.param(gzip.compress(PNG), id="gzip of an image"),
        pytest.param(gzip.compress(b"")[:5], id="gzip cut in its header"),
        b"\x1f\x8bnot gzip,,",
    ],
)
def test_first_bytes_that_do_not(head: bytes) -> None:
    assert not looks_like_columns("x", None, head)
