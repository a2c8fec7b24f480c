"""Texts of a block in ClickHouse's Native format: each after its length, as LEB128."""

from __future__ import annotations

import pyarrow as pa
import pytest

from schemas.arrow import SENSOR_RESULTS
from sinks.clickhouse import native


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    size, at = _read_number(data, at)
    return data[at : at + size].decode(), at + size


def _read_texts(data: bytes) -> list[str]:
    """The texts of a block of one column of them."""
    columns, at = _read_number(data, 0)
    rows, at = _read_number(data, at)
    name, at = _read_text(data, at)
    kind, at = _read_text(data, at)
    assert (columns, name, kind) == (1, "name", "String")
    texts = []
    for _ in range(rows):
        text, at = _read_text(data, at)
        texts.append(text)
    assert at == len(data)
    return texts


_SCHEMA = pa.schema([pa.field("name", pa.string(), nullable=False)])


@pytest.mark.parametrize(
    "texts",
    [
        ["s1"],
        ["", "a", "", "Fühler 7 °C", ""],
        ["", ""],
        ["x" * 127, "y" * 126],
        ["x" * 128, "short"],
        ["é" * 64, "z" * 300, ""],
        [f"sensor {k}" for k in range(1000)],
    ],
)
def test_texts_come_out_as_they_went_in(texts: list[str]) -> None:
    table = pa.table([pa.array(texts)], schema=_SCHEMA)
    assert _read_texts(native.native_block(table)) == texts


def test_texts_of_a_part_of_a_table_and_of_several_chunks() -> None:
    texts = [f"sensor {k}" for k in range(100)]
    chunked = pa.chunked_array([texts[:40], texts[40:41], texts[41:]])
    table = pa.table([chunked], schema=_SCHEMA)
    assert _read_texts(native.native_block(table)) == texts
    assert _read_texts(native.native_block(table.slice(33, 20))) == texts[33:53]


def test_results_of_sensors_are_written_so() -> None:
    assert native.fits(SENSOR_RESULTS)
