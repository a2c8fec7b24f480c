"""Every event has a schema and an example, and they say what the model says."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from schemas import generate
from schemas.events import INTERNAL, PUBLIC, Event, RowBatch, decode, decode_announced
from schemas.events import encode as encode_event
from schemas.file_document import encode
from tests.harness import records as examples

NAMES = [generate.name_of(event) for event in generate.EVENTS]
# What other systems write, or what is no event: examples without a model.
OTHERS = ["file_document.v1", "s3_notification.v1"]


def every_event() -> set[type[Event]]:
    """Every event that is defined, whether it was entered in a list or not."""
    found: set[type[Event]] = set()
    left = [Event]
    while left:
        kinds = left.pop().__subclasses__()
        found.update(kind for kind in kinds if kind.__module__ == Event.__module__)
        left.extend(kinds)
    return found


def test_every_event_is_listed() -> None:
    assert every_event() == {*INTERNAL, *PUBLIC}


def test_every_event_has_an_example_and_nothing_else_has() -> None:
    present = {path.name for path in examples.FOLDER.iterdir()}
    assert present == {f"{name}.json" for name in [*NAMES, *OTHERS]}


def test_the_checked_in_schemas_are_what_the_models_say() -> None:
    assert generate.differences() == [], "run `python -m schemas.generate`"


def assert_within(part: Any, whole: Any) -> None:
    """Whether everything in `part` is in `whole`."""
    if isinstance(part, dict):
        for name, value in part.items():
            assert_within(value, whole[name])
    else:
        assert part == whole


@pytest.mark.parametrize("event", INTERNAL, ids=generate.name_of)
def test_an_internal_example_round_trips(event: type[Event]) -> None:
    written = examples.example(generate.name_of(event))
    model, payload = decode(json.dumps(written).encode() + b"\n\x00\nbytes")
    assert type(model) is event
    assert payload == b"\x00\nbytes"
    # Fields with their default are not written.
    sent = encode_event(model)
    assert decode(sent)[0] == model
    assert_within(json.loads(sent), written)


def test_an_event_of_the_previous_version_is_understood() -> None:
    written = examples.example("row_batch.v1")
    known = ("encoding", "delimiter", "quote", "decimal", "header", "columns", "width")
    dialect = {name: written["dialect"][name] for name in (*known, "data_start", "data_line")}
    model, _ = decode(json.dumps(written | {"dialect": dialect}).encode())
    assert isinstance(model, RowBatch)
    found = model.dialect
    assert (found.escape, found.comment, found.header_text, found.units_text) == (None,) * 4
    assert (found.max_record_bytes, found.max_record_lines) == (None, None)


def test_the_announcement_example_round_trips() -> None:
    written = examples.example("file_announced.v1")
    model = decode_announced(json.dumps(written).encode())
    assert json.loads(model.model_dump_json()) == written


@pytest.mark.parametrize("event", generate.EVENTS, ids=generate.name_of)
def test_an_example_shows_every_field_and_no_other(event: type[Event]) -> None:
    schema = generate.schema_of(event)
    assert set(examples.example(generate.name_of(event))) == set(schema["properties"])


def test_the_document_example_is_what_the_product_makes_of_its_records() -> None:
    assert examples.example("file_document.v1") == json.loads(encode(examples.document()))


def test_the_notification_example_names_an_object_as_minio_does() -> None:
    notification = examples.example("s3_notification.v1")
    (record,) = notification["Records"]
    bucket, stored = record["s3"]["bucket"]["name"], record["s3"]["object"]
    assert stored["key"] == "plants%2Fplant-7+2024.csv"
    assert notification["Key"] == f"{bucket}/plants/plant-7 2024.csv"
    assert isinstance(stored["size"], int)
    assert datetime.fromisoformat(record["eventTime"]).tzinfo is not None


def test_a_schema_that_is_missing_changed_or_left_over_is_noticed(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("json")
    monkeypatch.setattr(generate, "FOLDER", folder)
    monkeypatch.setattr(generate, "OPTIONS", tmp_path_factory.mktemp("ui") / "none" / "o.json")
    texts = {path.name: text for path, text in generate.expected().items()}
    for name, text in texts.items():
        (folder / name).write_text(text)
    assert generate.differences() == []
    missing, changed, *_ = sorted(texts)
    (folder / missing).unlink()
    (folder / changed).write_text(texts[changed].replace("string", "number"))
    (folder / "left_over.v1.schema.json").write_text("{}")
    assert generate.differences() == sorted([missing, changed, "left_over.v1.schema.json"])


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("file_split.v1", ["damage", "detected", "dialect.compression"]),
        ("row_batch.v1", ["dialect.compression"]),
        ("split_continued.v1", ["dialect.compression"]),
    ],
)
def test_events_from_before_a_field_was_added_are_understood(name: str, lacks: list[str]) -> None:
    written = examples.example(name)
    for path in lacks:
        *outer, last = path.split(".")
        place = written
        for key in outer:
            place = place[key]
        del place[last]
    model, _ = decode(json.dumps(written).encode())
    now, _ = decode(json.dumps(examples.example(name)).encode())
    assert model == now
