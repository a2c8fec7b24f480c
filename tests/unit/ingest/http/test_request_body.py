"""Forms, however the network cuts them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ingest.http.errors import Problem
from ingest.http.request_body import FilePart, FormBody, RawBody

FILE = b'a,"\r\n--not the boundary",1\r\n--B-almost\r\n\r\n-- B--\r\nend without a line feed'


def form(*parts: tuple[str, bytes]) -> bytes:
    body = b"".join(
        b"--B\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts
    )
    return body + b"--B--\r\n"


def disposition(name: str, filename: str | None = None) -> str:
    file = "" if filename is None else f'; filename="{filename}"'
    return f'Content-Disposition: form-data; name="{name}"{file}'


WHOLE = form(
    (disposition("delimiter"), b";"),
    (disposition("file", "x.csv") + "\r\nContent-Type: text/csv; charset=utf-8", FILE),
    (disposition("header"), "größe".encode()),
)


KNOWN = frozenset({"file", "delimiter", "header", "x"})


async def cut(data: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


def body_of(data: bytes, size: int = 1 << 20) -> FormBody:
    return FormBody(cut(data, size), "multipart/form-data; boundary=B", KNOWN)


@pytest.mark.parametrize("size", [*range(1, 80), 10_000])
async def test_a_form_is_parsed_at_any_chunk_boundaries(size: int) -> None:
    body = body_of(WHOLE, size)
    assert await body.find_file() == FilePart("x.csv", "text/csv; charset=utf-8")
    chunks = [chunk async for chunk in body.chunks()]
    assert b"".join(chunks) == FILE
    assert all(chunks)
    assert await body.fields() == {"delimiter": [";"], "header": ["größe"]}


async def test_a_form_without_a_file_has_none() -> None:
    body = body_of(form((disposition("x"), b"y")))
    assert await body.find_file() is None
    assert await body.fields() == {"x": ["y"]}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("x.csv", "x.csv"), ("ü 温.csv", "ü 温.csv"), ('a\\"b.csv', 'a"b.csv'), ("", ""), (None, "")],
)
async def test_the_name_of_the_file(sent: str | None, kept: str) -> None:
    part = await body_of(form((disposition("file", sent), b"data"))).find_file()
    assert part is not None
    assert part.filename == kept


@pytest.mark.parametrize("end", [1, 10, len(WHOLE) // 2, len(WHOLE) - 5])
async def test_a_form_that_is_cut_off_is_malformed(end: int) -> None:
    body = body_of(WHOLE[:end], 7)

    async def read() -> None:
        await body.find_file()
        async for _ in body.chunks():
            pass
        await body.fields()

    with pytest.raises(Problem, match="malformed_body"):
        await read()


async def test_a_form_with_too_many_fields_is_malformed() -> None:
    body = body_of(form(*((disposition("x"), b"") for _ in range(100))))
    with pytest.raises(Problem, match="more than 64 fields"):
        await body.find_file()


async def test_a_boundary_that_cannot_be_used_is_malformed() -> None:
    for kind in ("multipart/form-data", f"multipart/form-data; boundary={'B' * 300}"):
        with pytest.raises(Problem, match="malformed_body"):
            FormBody(cut(b"", 1), kind, KNOWN)


async def test_a_raw_body_is_the_file() -> None:
    part = FilePart("x.csv", "text/csv", len(FILE))
    body = RawBody(cut(FILE, 7), part)
    assert await body.find_file() is part
    assert b"".join([chunk async for chunk in body.chunks()]) == FILE
    assert await body.fields() == {}


async def test_a_field_that_is_not_known_is_rejected() -> None:
    body = body_of(form((disposition("file", "x.csv"), b"1"), (disposition("delimeter"), b";")), 7)
    await body.find_file()
    assert b"".join([chunk async for chunk in body.chunks()]) == b"1"
    with pytest.raises(Problem, match="Did you mean delimiter") as caught:
        await body.fields()
    assert (caught.value.status, caught.value.code) == (400, "unknown_parameter")
