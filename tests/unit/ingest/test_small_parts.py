"""Ids, names, cursors, options, locks, pauses and counters."""

from __future__ import annotations

import asyncio
import base64
import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ingest.background.backoff import Backoff
from ingest.files.documents import has_etag
from ingest.http.errors import Problem
from ingest.http.pagination import decode, encode, read_order, read_row_cursor
from ingest.uploads.file_ids import new_file_id
from ingest.uploads.options import parse_options
from runtime.keyed_locks import KeyedLocks
from schemas.errors import Service, Unavailable
from schemas.events import FileUploaded, ObjectRef
from schemas.file_record import FileRecord
from schemas.filenames import clean_filename
from schemas.read_options import ReadOptions
from sinks.batched_lookup import DataLoader
from sinks.queries import FILE_SORTS

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)


def test_file_ids_are_uuids_that_sort_by_time() -> None:
    ids = [new_file_id(NOW + timedelta(milliseconds=n)) for n in range(200)]
    assert ids == sorted(ids)
    assert len({new_file_id(NOW) for _ in range(1000)}) == 1000
    parsed = uuid.UUID(ids[0])
    assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    assert parsed.int >> 80 == int(NOW.timestamp() * 1000)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a.csv", "a.csv"),
        ("/a/b.csv", "b.csv"),
        ("C:\\a\\b.csv", "b.csv"),
        ("folder/", "folder"),
        ("  a b  ", "a b"),
        ("\u202egnp.csv", "gnp.csv"),
        ("\x00\n", ""),
        ("..", ".."),
        ("x" * 300, "x" * 255),
        ("\ud800.csv", "?.csv"),
    ],
)
def test_filenames_are_cleaned(sent: str, kept: str) -> None:
    assert clean_filename(sent) == kept


def json_cursor(text: str) -> str:
    """A cursor that somebody made by hand."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_cursor_goes_there_and_back() -> None:
    order = read_order(FILE_SORTS, "-size_bytes", None)
    cursor = order.cursor((7, "some id"))
    assert cursor is not None
    again = read_order(FILE_SORTS, "-size_bytes", cursor)
    assert (again.sort, again.descending, again.after) == ("size_bytes", True, (7, "some id"))
    assert order.cursor(None) is None
    assert read_row_cursor(encode([123, 4])) == (123, 4)
    assert read_row_cursor(None) == read_row_cursor("") == (0, 0)


@pytest.mark.parametrize(
    "cursor",
    ["!", "ü", "a", encode([]), encode(["-size_bytes", ["x", "id"]]), encode(["size_bytes", [1, "id"]]),
     encode(["-size_bytes", [1]]), encode(["-size_bytes", [True, "id"]]), encode(["-size_bytes", [1, 2]]),
     encode(["-size_bytes", [-1, "id"]]), *(json_cursor(f'["-size_bytes",[{key},"{name}"]]')
     for key, name in (("1", r"\ud800"), ("1e400", "a"), ("NaN", "a"), ("9" * 5000, "a"))),
     json_cursor("[" * 100_000)],
)  # fmt: skip
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        read_order(FILE_SORTS, "-size_bytes", cursor)


@pytest.mark.parametrize("sort", ["filename", "-filename"])
def test_a_cursor_with_text_that_cannot_be_encoded_is_refused(sort: str) -> None:
    with pytest.raises(Problem, match="cursor"):
        read_order(FILE_SORTS, sort, json_cursor(rf'["{sort}",["\ud800","id"]]'))


@pytest.mark.parametrize("value", [-1, True, 1.5, "1", None, 1 << 63, [1]])
def test_a_foreign_row_cursor_is_refused(value: object) -> None:
    with pytest.raises(Problem, match="cursor"):
        read_row_cursor(encode(value))
    assert decode(encode(value)) == value


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({}, ReadOptions()),
        ({"delimiter": "", "header": ""}, ReadOptions()),
        ({"delimiter": "tab"}, ReadOptions(delimiter="\t")),
        ({"delimiter": "\t"}, ReadOptions(delimiter="\t")),
        ({"delimiter": "|"}, ReadOptions(delimiter="|")),
        ({"header": "Yes"}, ReadOptions(header=True)),
        ({"header": "0"}, ReadOptions(header=False)),
        ({"encoding": "UTF8"}, ReadOptions(encoding="utf-8")),
        ({"decimal": "comma", "delimiter": ";"}, ReadOptions(decimal=",", delimiter=";")),
        ({"timestamp_format": "%d.%m.%Y"}, ReadOptions(timestamp_format=("%d.%m.%Y",))),
        ({"quote": "single", "escape": "\\"}, ReadOptions(quote="'", escape="\\")),
        ({"comment": "None", "escape": "none"}, ReadOptions(comment="none", escape="none")),
        ({"comment": "#", "skip_lines": "12"}, ReadOptions(comment="#", skip_lines=12)),
        ({"units": "no"}, ReadOptions(units=False)),
        ({"other": "x"}, ReadOptions()),
    ],
)
def test_options(given: dict[str, str], options: ReadOptions) -> None:
    assert parse_options({name: [text] for name, text in given.items()}) == options


def test_an_option_may_be_repeated_and_a_later_source_wins() -> None:
    query = {"missing": ["-9999", "NA"], "delimiter": [";"]}
    form = {"delimiter": ["|"]}
    options = parse_options(query, form)
    assert (options.missing, options.delimiter) == (("-9999", "NA"), "|")
    with pytest.raises(Problem, match="one value"):
        parse_options({"delimiter": [";", "|"]})


@pytest.mark.parametrize(
    ("name", "value"),
    [("delimiter", "a"), ("delimiter", "\n"), ("delimiter", "§"), ("delimiter", "0"), ("delimiter", "'"),
     ("encoding", "rot13"), ("encoding", "x" * 99), ("encoding", "a\0b"), ("header", "2"), ("decimal", ";"),
     ("timestamp_format", "%" * 65), ("timestamp_format", "%Y%m%d\n"), ("timestamp_format", "%d.%m."), ("delimiter", "\\"), ("quote", "`"),
     ("escape", "/"), ("comment", "##"), ("comment", "x"), ("comment", " "), ("skip_lines", "-1"),
     ("skip_lines", "two"), ("units", "V")],
)  # fmt: skip
def test_options_that_cannot_be(name: str, value: str) -> None:
    with pytest.raises(Problem, match=f"{name} is"):
        parse_options({name: [value]})


def test_delimiter_and_decimal_must_differ() -> None:
    with pytest.raises(Problem, match="another character than"):
        parse_options({"delimiter": [","], "decimal": [","]})
    with pytest.raises(Problem, match="another character than"):
        parse_options({"delimiter": ["|"], "comment": ["|"]})


async def test_those_with_the_same_key_go_one_after_the_other() -> None:
    locks = KeyedLocks()
    inside: list[str] = []
    most: dict[str, int] = {}

    async def work(key: str) -> None:
        async with locks.hold(key):
            inside.append(key)
            most[key] = max(most.get(key, 0), inside.count(key))
            await asyncio.sleep(0)
            inside.remove(key)

    await asyncio.gather(*(work(key) for key in "abab" * 5))
    assert most == {"a": 1, "b": 1}
    assert locks._locks == {}


def waiting(file_id: str) -> FileRecord:
    upload = FileUploaded(
        file_id=file_id, source="upload", raw=ObjectRef(bucket="b", key="k"), filename="f",
        size_bytes=1, sha256="", upload_time=NOW, batch_bytes=1,
    )  # fmt: skip
    return FileRecord.from_upload(upload, recorded_at=NOW)


def test_pauses_between_announcements_grow_and_are_bounded() -> None:
    backoff, record = Backoff(60), waiting("a")
    moments, now = [], 0.0
    while now < 20_000:
        if backoff.due([record], now):
            moments.append(now)
            backoff.announced(record, now)
        now += 1
    pauses = [b - a for a, b in itertools.pairwise(moments)]
    assert pauses[:5] == [120, 240, 480, 960, 1920]
    assert set(pauses[5:]) == {3600}


def test_files_that_ended_are_forgotten() -> None:
    backoff = Backoff(60)
    a, b = waiting("a"), waiting("b")
    for record in (a, b):
        backoff.announced(record, 0)
    assert backoff.due([a], 1) == []
    assert backoff.due([a, b], 2) == [b]
    backoff.forget()
    assert backoff.due([a, b], 3) == [a, b]


@pytest.mark.parametrize(
    ("header", "has"),
    [(None, False), ("", False), ('"x"', True), ('W/"x"', True), ('"y", "x"', True), ("*", True), ('"xy"', False)],
)  # fmt: skip
def test_entity_tags(header: str | None, has: bool) -> None:
    assert has_etag(header, '"x"') is has


async def test_lookups_at_once_share_a_query() -> None:
    queries: list[list[int]] = []
    begun, free = asyncio.Event(), asyncio.Event()

    async def find(keys: Sequence[int]) -> dict[int, str]:
        queries.append(list(keys))
        begun.set()
        await free.wait()
        return {key: f"value {key}" for key in keys if key % 2}

    lookup = DataLoader(find, most=3)
    first = [asyncio.create_task(lookup.get(key)) for key in (1, 2, 1)]
    await begun.wait()
    later = [asyncio.create_task(lookup.get(key)) for key in (1, 3, 4, 5)]
    await asyncio.sleep(0)
    later[1].cancel()
    free.set()
    assert await asyncio.gather(*first) == ["value 1", None, "value 1"]
    ends = await asyncio.gather(*later, return_exceptions=True)
    assert [ends[0], ends[2], ends[3]] == ["value 1", None, "value 5"]
    # What was asked while the first query was under way is asked of the database anew.
    assert queries == [[1, 2], [1, 3, 4], [5]]


async def test_a_query_that_fails_is_told_to_all_who_share_it() -> None:
    async def find(_: Sequence[int]) -> dict[int, str]:
        raise Unavailable(Service.CLICKHOUSE, "gone")

    lookup = DataLoader(find)
    ends = await asyncio.gather(*(lookup.get(key) for key in (1, 2)), return_exceptions=True)
    assert all(isinstance(end, Unavailable) for end in ends)
