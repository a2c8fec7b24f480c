"""Arrow tables as a block of ClickHouse's Native format, for tables of many rows.

Columns go as ClickHouse keeps them in memory: half of what an insert of Arrow costs it. See
"Native" in ClickHouse's documentation of formats, and its SerializationLowCardinality for the
layout of dictionaries.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa

_Part: TypeAlias = bytes | memoryview
_TEXTS: Final = pa.dictionary(pa.int32(), pa.string())
# What the server makes of them where its column is a narrower one is its own matter.
_TYPES: Final[dict[pa.DataType, bytes]] = {
    pa.int64(): b"Int64",
    pa.uint64(): b"UInt64",
    pa.float64(): b"Float64",
    pa.timestamp("us", tz="UTC"): b"DateTime64(6, 'UTC')",
    pa.string(): b"String",
    _TEXTS: b"LowCardinality(String)",
}
# A length that takes one byte as LEB128.
_SHORT: Final = 0x7F
# Of a dictionary: its version; and that each block carries its own.
_VERSION: Final = (1).to_bytes(8, "little")
_OWN_KEYS: Final = 1 << 9 | 1 << 10
_WIDTHS: Final = ((np.uint8, 1 << 8), (np.uint16, 1 << 16), (np.uint32, 1 << 32))


def fits(schema: pa.Schema) -> bool:
    """Whether every column is of a type that `native_block` writes, and never null."""
    return all(field.type in _TYPES and not field.nullable for field in schema)


def native_block(table: pa.Table) -> bytes:
    """The rows of `table`, whose schema `fits`, as one block."""
    whole = table.unify_dictionaries().combine_chunks()
    parts: list[_Part] = [_number(whole.num_columns), _number(whole.num_rows)]
    for field, column in zip(whole.schema, whole.columns, strict=True):
        array = column.chunk(0)
        parts += (_text(field.name.encode()), _text(_TYPES[field.type]))
        if field.type == _TEXTS:
            parts += _dictionary(array)
        else:
            parts.append(_texts(array) if field.type == pa.string() else _plain(array))
    return b"".join(parts)


def _plain(array: pa.Array) -> _Part:
    # Moments are microseconds since 1970 on both sides.
    if pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    return memoryview(array.to_numpy()).cast("B")


def _texts(array: pa.StringArray) -> _Part:
    """Texts, each after its length."""
    _, ends, buffer = array.buffers()
    offsets = np.frombuffer(ends, np.int32)[array.offset : array.offset + len(array) + 1]
    sizes = np.diff(offsets)
    if buffer is None or len(array) == 0 or sizes.max() > _SHORT:
        return b"".join(_text(text.encode()) for text in array.to_pylist())
    whole = np.empty(int(sizes.sum()) + len(array), np.uint8)
    lengths_at = offsets[:-1] - offsets[0] + np.arange(len(array))
    is_text = np.ones(len(whole), np.bool_)
    is_text[lengths_at] = False
    whole[lengths_at] = sizes
    whole[is_text] = np.frombuffer(buffer, np.uint8)[offsets[0] : offsets[-1]]
    return memoryview(whole.data)


def _dictionary(array: pa.DictionaryArray) -> list[_Part]:
    keys = array.dictionary.to_pylist()
    kind, (width, _) = next((k, w) for k, w in enumerate(_WIDTHS) if len(keys) <= w[1])
    rows = array.indices.to_numpy().astype(width)
    return [
        *(_VERSION, (kind | _OWN_KEYS).to_bytes(8, "little"), len(keys).to_bytes(8, "little")),
        *(_text(key.encode()) for key in keys),
        *(len(rows).to_bytes(8, "little"), memoryview(rows).cast("B")),
    ]


def _text(value: bytes) -> bytes:
    return _number(len(value)) + value


def _number(value: int) -> bytes:
    """LEB128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
