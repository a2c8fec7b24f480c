"""Invalid messages: random bytes, and events of a real file that were changed."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from schemas import topics
from schemas.events import (
    Event,
    FileDropped,
    FileSplit,
    FileUploaded,
    RowBatch,
    SplitContinued,
    encode,
)

INTERNAL = (topics.UPLOADED, topics.BATCHES, topics.PARTIALS)
PUBLIC = (topics.ANNOUNCED, topics.INLINE, topics.NOTIFICATIONS)
_DEEP = b"[" * 50_000
# What a field may be replaced by, as JSON.
VALUES: tuple[bytes, ...] = (
    *(b"null", b"true", b"[]", b"{}", b"0", b"-1", b"1", b"7", b"1e308", b"-0.0", b"NaN", b"Infinity"),
    *(b"9223372036854775807", b"9223372036854775808", b"1" + b"0" * 40, b"1000000000000", b"0.5"),
    *(b'""', b'"x"', b'"../../etc/passwd"', b'"\\ud800"', b'"\\u0000"', b'"2026-01-01"', b'"gzip"'),
    *(b'"' + b"k" * 5000 + b'"', b"[[[[[]]]]]", b'{"a":{"b":[1,2,null]}}', b'["a","b","c"]', b"[0,0,0]"),
    *(b'"utf-16"', b"[-5,99999,2]", b'"row_batch"', b'"file_split"', b"2"),
)  # fmt: skip


@dataclass(frozen=True)
class Garbage:
    """One message."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def events_of(upload: FileUploaded, dialect: Any) -> list[tuple[Event, str]]:
    """One event of each kind about a file, with its topic."""
    size = upload.size_bytes
    batch = RowBatch(
        file_id=upload.file_id, generation=1, batch_no=0, source=upload.raw, start=0, end=size,
        rows=3, first_row=1, first_line=1, dialect=dialect,
    )  # fmt: skip
    continued = SplitContinued(
        file=upload, dialect=dialect, next_byte=dialect.data_start, next_row=1,
        next_line=dialect.data_line, next_batch=0,
    )  # fmt: skip
    dropped = FileDropped(file_id=upload.file_id, generation=1)
    split = FileSplit(file=upload, batches=1, rows=3, dialect=dialect)
    return [
        (upload, topics.UPLOADED.name),
        (continued, topics.UPLOADED.name),
        (batch, topics.BATCHES.name),
        (split, topics.PARTIALS.name),
        (dropped, topics.PARTIALS.name),
    ]


def result_of(upload: FileUploaded, **fields: Any) -> bytes:
    """A batch's result about a file, as JSON without a payload."""
    return orjson.dumps(
        {
            "type": "batch_result", "version": 1, "file_id": upload.file_id, "generation": 1,
            "batch_no": 0, "row_count": 3, "invalid_count": 0, "min_value": 1.0, "max_value": 3.0,
            "codes": {}, "partials_ref": None, "error": None, **fields,
        }
    )  # fmt: skip


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield from _paths(inner, (*path, key))


def changed(chance: random.Random, line: bytes) -> bytes:
    """The line of JSON with one to three of its fields replaced, dropped or renamed."""
    fields = orjson.loads(line)
    replaced: dict[str, bytes] = {}
    for number in range(chance.randint(1, 3)):
        path = chance.choice(list(_paths(fields)))
        holder = fields
        for step in path[:-1]:
            holder = holder[step]
        kind = chance.random()
        if kind < 0.15:
            del holder[path[-1]]
        elif kind < 0.2 and isinstance(holder, dict):
            holder["renamed"] = holder.pop(path[-1])
        else:
            # orjson writes neither NaN nor lone surrogates, so they are put in as text.
            token = f"@{number}@"
            replaced[token] = chance.choice(VALUES)
            holder[path[-1]] = token
    text = orjson.dumps(copy.deepcopy(fields))
    for token, value in replaced.items():
        text = text.replace(f'"{token}"'.encode(), value)
    return text


def noise(chance: random.Random) -> bytes | None:
    """Bytes that are no event at all."""
    return chance.choice(
        (
            None,
            b"",
            b"\n",
            b"\x00" * 100,
            _DEEP,
            b'{"type":' + _DEEP,
            b'{"type":[],"version":{}}',
            b'{"type":null}',
            b'{"type":"row_batch","version":1e400}',
            b"{" * 1000,
            chance.randbytes(chance.randint(1, 3000)),
            b'{"type":"batch_result","version":1}\n' + chance.randbytes(500),
        )
    )


def messages(seed: int, uploads: list[FileUploaded], dialect: Any, payload: bytes) -> list[Garbage]:
    """Garbage for every topic that workers read."""
    chance = random.Random(seed)
    found = []
    for upload in uploads:
        key = upload.file_id.encode()
        for event, topic in events_of(upload, dialect):
            found += [_sent(chance, topic, key, changed(chance, encode(event))) for _ in range(4)]
        for _ in range(6):
            body = chance.choice(
                (payload, payload[: len(payload) // 2], chance.randbytes(700), b"")
            )
            line = changed(chance, result_of(upload, row_count=chance.choice((0, 3))))
            found.append(_sent(chance, topics.PARTIALS.name, key, line + b"\n" + body))
        refs = [
            {"bucket": upload.raw.bucket, "key": upload.raw.key},
            {"bucket": "no-such-bucket", "key": f"partials/{upload.file_id}/1/0-x"},
            {"bucket": upload.raw.bucket, "key": f"partials/{upload.file_id}/1/0-missing"},
        ]
        line = result_of(upload, partials_ref=chance.choice(refs))
        found.append(_sent(chance, topics.PARTIALS.name, key, line))
    for read in (*INTERNAL, *PUBLIC):
        for _ in range(12):
            found.append(_sent(chance, read.name, chance.choice((None, b"", b"k")), noise(chance)))
    found += [
        _sent(chance, topics.INLINE.name, None, b"a,b\n1,2\n", _headers(chance)) for _ in range(8)
    ]
    records: list[Any] = [
        *(None, {}, [], 7, {"eventName": 5}, {"eventName": "s3:ObjectCreated:Put"}),
        {"eventName": "s3:ObjectCreated:Put", "s3": {"bucket": {"name": "x"}, "object": {"key": None}}},
        {"eventName": "s3:ObjectCreated:Put", "s3": {"bucket": {"name": "../x"}, "object": {"key": "%"}}},
        {"eventName": "s3:ObjectCreated:Put", "s3": {"bucket": {"name": 7}, "object": {"key": "a"}}},
    ]  # fmt: skip
    for record in records:
        for value in ({"Records": [record]}, {"Records": record}, record):
            found.append(_sent(chance, topics.NOTIFICATIONS.name, None, orjson.dumps(value)))
    for fields in (
        *({"bucket": "", "object_key": "x"}, {"bucket": "b", "object_key": "k" * 2000}),
        *({"bucket": "no-such-bucket", "object_key": "x"}, {"bucket": "..", "object_key": "../x"}),
        {"bucket": "no-such-bucket", "object_key": "x", "filename": "n" * 100_000},
        {"bucket": "no-such-bucket", "object_key": "x", "options": {"delimiter": [[]]}},
    ):
        found.append(_sent(chance, topics.ANNOUNCED.name, b"k", orjson.dumps(fields)))
    chance.shuffle(found)
    return found


def _headers(chance: random.Random) -> tuple[tuple[str, bytes | None], ...]:
    names = ("filename", "delimiter", "header", "timestamp_format", "code", "x")
    values: tuple[bytes | None, ...] = (None, b"", b"\xff\xfe", b"n" * 5000, b"%Q", b";;")
    return tuple((chance.choice(names), chance.choice(values)) for _ in range(3))


def _sent(
    chance: random.Random,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    headers: tuple[tuple[str, bytes | None], ...] = (),
) -> Garbage:
    # The client of these tests sends no message without both key and value.
    key = b"k" if key is None and value is None else key
    return Garbage(topic, chance.randrange(4), key, value, headers)
