"""The client on a real stack: both clients do the same, and what they say is what was sent."""

from __future__ import annotations

import asyncio
import csv
import inspect
import io
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest

from csv_processor.client import ApiError, AsyncClient, Client, File, Unavailable, WaitTimeout
from embedded.stack import Stack

ROWS = (
    b"sensor_id,timestamp,value\n"
    b"a,2026-03-01T00:00:00Z,1.5\n"
    b"b,2026-03-01T00:00:01Z,2\n"
    b"a,2026-03-01T00:00:02Z,x\n"
    b"a,2026-03-01T00:00:03Z,-4\n"
)
T = TypeVar("T")


class Blocking:
    """An `AsyncClient` called as a `Client` is, so that one test is for both."""

    def __init__(self, make: Callable[[], AsyncClient]) -> None:
        self._runner = asyncio.Runner()
        self._client = self._runner.run(self._made(make))

    @staticmethod
    async def _made(make: Callable[[], AsyncClient]) -> AsyncClient:
        return make()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = method(*args, **kwargs)
            if inspect.isasyncgen(result):
                return self._items(result)
            return self._runner.run(result)

        return call

    def _items(self, items: AsyncIterator[T]) -> Iterator[T]:
        while True:
            try:
                yield self._runner.run(anext(items))  # type: ignore[arg-type]
            except StopAsyncIteration:
                return

    def close(self) -> None:
        self._runner.run(self._client.close())
        self._runner.close()


@pytest.fixture(params=["Client", "AsyncClient"])
def client(request: pytest.FixtureRequest, stack: Stack) -> Iterator[Any]:
    url = stack.endpoints["CSV_PROCESSOR_API"]
    made = Client(url) if request.param == "Client" else Blocking(lambda: AsyncClient(url))
    yield made
    made.close()


def new_name() -> str:
    return f"{uuid.uuid4().hex}.csv"


def test_both_clients_have_the_same_methods() -> None:
    def methods(kind: type) -> dict[str, inspect.Signature]:
        return {
            name: inspect.signature(member, eval_str=False).replace(
                return_annotation=inspect.Signature.empty
            )
            for name, member in vars(kind).items()
            if not name.startswith("_")
        }

    assert methods(Client) == methods(AsyncClient)


def test_a_file_is_uploaded_waited_for_and_read(client: Any, tmp_path: Path) -> None:
    path = tmp_path / new_name()
    path.write_bytes(ROWS)
    sent: list[tuple[int, int | None]] = []
    began = datetime.now(UTC) - timedelta(minutes=1)
    file = client.upload(path, force=True, progress=lambda *seen: sent.append(seen))
    assert (file.filename, file.status) == (path.name, "waiting")
    assert sent == [(len(ROWS), len(ROWS))]
    ended = client.wait(file, 60)
    assert (ended.status, ended.row_count, ended.invalid_count) == ("partial", 3, 1)
    assert (ended.min_value, ended.max_value, ended.sensor_count) == (-4.0, 2.0, 2)
    assert client.file(file.file_id) == ended
    assert [f.file_id for f in client.files(q=path.name, since=began)] == [file.file_id]
    assert [f.file_id for f in client.files(q=path.name, status="failed")] == []

    first, second = client.sensors(ended)
    assert (first.sensor_id, first.row_count, first.min_value, first.mean_value) == (
        *("a", 2, -4.0),
        -1.25,
    )
    assert first.last_timestamp == datetime(2026, 3, 1, 0, 0, 3, tzinfo=UTC)
    assert (second.sensor_id, second.files) == ("b", None)
    (row,) = client.invalid_rows(ended)
    assert (row.row, row.column, row.code, row.raw) == (
        *(3, "value", "value_format"),
        "a,2026-03-01T00:00:02Z,x",
    )
    assert b"value_format" in client.invalid_rows_csv(ended)
    assert client.raw(ended) == ROWS


def test_a_file_with_known_bytes_is_a_duplicate(client: Any) -> None:
    data = ROWS + b"\n" * 3 + new_name().encode().join((b"c,2026-03-01T00:00:04Z,", b"\n"))
    first = client.wait(client.upload(data, new_name()))
    second = client.wait(client.upload(data, new_name()))
    assert (first.row_count, first.duplicate_of) == (3, None)
    assert (second.row_count, second.duplicate_of) == (0, first.file_id)


def test_readings_of_a_sensor_over_all_files(client: Any) -> None:
    sensor = f"over-all-{new_name()}"
    files = [
        client.wait(
            client.upload(
                f"sensor_id,timestamp,value\n{sensor},2026-03-0{day}T00:00:00Z,{day}\n".encode(),
                new_name(),
            )
        )
        for day in (2, 1)
    ]
    table = client.readings(sensor=sensor).to_arrow()
    assert table.column("value").to_pylist() == [1.0, 2.0]
    assert table.column("file_id").to_pylist() == [file.file_id for file in reversed(files)]


def test_readings_are_tables_of_arrow_pandas_and_polars(client: Any) -> None:
    file = client.wait(client.upload(ROWS, new_name(), force=True))
    readings = client.readings(file)
    expected = {
        "sensor_id": ["a", "b", "a"],
        "timestamp": [datetime(2026, 3, 1, 0, 0, n, tzinfo=UTC) for n in (0, 1, 3)],
        "value": [1.5, 2.0, -4.0],
    }
    assert readings.to_arrow().to_pydict() == expected
    assert readings.to_polars().to_dict(as_series=False) == expected
    frame = readings.to_pandas()
    assert frame["value"].tolist() == expected["value"]
    assert [t.to_pydatetime() for t in frame["timestamp"]] == expected["timestamp"]
    part = client.readings(
        file, sensor="a", begin=datetime(2026, 3, 1, 0, 0, 1), end=datetime(2026, 3, 2, tzinfo=UTC)
    )
    assert part.to_arrow().column("value").to_pylist() == [-4.0]


def test_options_are_those_of_the_service(client: Any) -> None:
    rows = b"Zeit;Wert\n01.03.2026 12:00;1,5\n"
    options = {
        "timestamp_column": "Zeit",
        "value_column": ["Wert"],
        "sensor": "boiler",
        "timestamp_format": "%d.%m.%Y %H:%M",
        "timezone": "Europe/Berlin",
        "header": True,
    }
    file = client.wait(client.upload(rows, new_name(), **options))
    assert file.status == "processed"
    (sensor,) = client.sensors(file)
    assert sensor.first_timestamp == datetime(2026, 3, 1, 11, tzinfo=UTC)
    again = client.wait(client.replay(file, timezone="UTC"))
    assert again.generation == file.generation + 1
    (sensor,) = client.sensors(again)
    assert sensor.first_timestamp == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_corrected_rows_become_a_file(client: Any) -> None:
    file = client.wait(client.upload(ROWS, new_name(), force=True))
    exported = io.StringIO(client.invalid_rows_csv(file).decode(), newline="")
    head, row = csv.reader(exported)
    row[head.index("value")] = "7"
    corrected = io.StringIO(newline="")
    csv.writer(corrected).writerows([head, row])
    new = client.wait(client.resubmit(file, corrected.getvalue().encode()))
    assert (new.status, new.row_count, new.max_value) == ("processed", 1, 7.0)
    assert new.document["resubmission_of"] == file.file_id


def test_events_end_with_the_file(client: Any) -> None:
    file = client.upload(ROWS, new_name(), force=True)
    events = list(client.events(file))
    assert {event.kind for event in events[:-1]} <= {"progress"}
    assert (events[-1].kind, events[-1].file.status) == ("done", "partial")


def test_an_upload_with_a_key_is_done_once(client: Any) -> None:
    name, key = new_name(), uuid.uuid4().hex
    first, again = (client.upload(ROWS, name, key=key, force=True) for _ in range(2))
    assert first.file_id == again.file_id
    assert client.upload(ROWS, name, force=True).file_id != first.file_id


def test_a_profile_is_saved_used_and_deleted(client: Any) -> None:
    name = f"client-{uuid.uuid4().hex[:8]}"
    options = {"timezone": "Europe/Berlin"}
    saved = client.put_profile(
        name, options, match={"filename": [f"{name}-*.csv"]}, title="From a test"
    )
    assert (saved.name, saved.version, saved.built_in) == (name, 1, False)
    assert [p.name for p in client.profiles(q=name)] == [name]
    assert client.profile(name).options == options
    assert any(p.built_in for p in client.profiles())
    client.delete_profile(name)
    with pytest.raises(ApiError) as caught:
        client.profile(name)
    assert caught.value.status == 404


def test_what_is_rejected_has_its_code(client: Any) -> None:
    with pytest.raises(ApiError) as caught:
        client.file("00000000-0000-0000-0000-000000000000")
    assert (caught.value.status, caught.value.code) == (404, "unknown_file")
    with pytest.raises(ApiError) as caught:
        client.upload(ROWS, new_name(), timezone="Nowhere/Land")
    assert (caught.value.status, caught.value.code) == (400, "invalid_parameter")
    file = client.wait(client.upload(ROWS, new_name(), force=True))
    client.delete(file)
    client.delete(file)
    with pytest.raises(ApiError, match="Unknown"):
        client.readings(file)


def test_waiting_ends_after_its_time(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    file = client.wait(client.upload(ROWS, new_name(), force=True))
    monkeypatch.setattr(File, "ended", property(lambda _: False))
    with pytest.raises(WaitTimeout, match=file.file_id):
        client.wait(file, 0.2)


def test_a_service_that_is_away_is_waited_for_with_patience() -> None:
    with Client("http://127.0.0.1:1", patience=0.5) as client, pytest.raises(Unavailable) as caught:
        client.file("x")
    assert isinstance(caught.value.__cause__, httpx.ConnectError)
