"""All readings of a processed file, as CSV and Parquet, by the API and the command line."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest

from embedded.stack import Stack
from tests.harness.client import Client
from tests.harness.command import Command
from tests.harness.sensor_files import SensorFile
from tests.unit.rows.sniff.reading import options_of, read

CANONICAL = b"sensor_id,timestamp,value\n" + b"".join(
    b"export-%d,2026-03-01T00:%02d:00Z,%s\n" % (n % 3, n, b"x" if n % 7 == 0 else b"%d.25" % n)
    for n in range(60)
)
GERMAN = "Zeit;Ofen 1;Ofen, 2\n" + "".join(
    f"29.03.2026 {hour:02}:30;{hour},5;{'' if hour == 4 else hour + 0.25}\n".replace(".25", ",25")
    for hour in (0, 1, 3, 4, 5)
)
ZONE = {"timezone": "Europe/Berlin"}


async def processed(
    client: Client, name: str, data: bytes, options: dict[str, str] | None = None
) -> str:
    """A file that is at its end; its id."""
    answer = await client.upload(SensorFile(name, data), params=options)
    file_id: str = answer.json()["file_id"]
    await client.ended(file_id)
    return file_id


async def exported(
    client: Client, file_id: str, accept: str = "text/csv", **params: str
) -> httpx.Response:
    return await client.request(
        "GET", f"/api/v1/files/{file_id}/readings", params=params, headers={"Accept": accept}
    )


def lines(data: bytes, **options: str) -> list[str]:
    """The readings of a file as the engine gives them, as canonical CSV."""
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    found = read(data, options_of(flags))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["sensor_id", "timestamp", "value"])
    for sensor, moment, value in found.readings:
        writer.writerow([sensor, moment, int(value) if value.is_integer() else value])
    return text.getvalue().splitlines()


async def test_readings_as_csv_are_those_that_were_processed(client: Client) -> None:
    file_id = await processed(client, "export.csv", CANONICAL)
    answer = await exported(client, file_id)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert f"readings-{file_id}.csv" in answer.headers["content-disposition"]
    assert answer.text.splitlines() == lines(CANONICAL)
    document = await client.get(f"/api/v1/files/{file_id}")
    assert answer.text.count("\n") - 1 == document["aggregations"]["row_count"]


async def test_a_file_is_exported_with_the_options_it_was_read_with(client: Client) -> None:
    data = gzip.compress(GERMAN.encode("cp1252"), mtime=0)
    file_id = await processed(client, "ofen.csv.gz", data, ZONE)
    answer = await exported(client, file_id)
    assert answer.text.splitlines() == lines(data, **ZONE)
    assert '"Ofen, 2",2026-03-29T01:30:00.000000Z,3.25' in answer.text


async def test_readings_as_parquet(client: Client) -> None:
    file_id = await processed(client, "export.csv", CANONICAL)
    answer = await exported(client, file_id, "application/vnd.apache.parquet")
    table = pq.read_table(io.BytesIO(answer.content))
    assert table.column_names == ["sensor_id", "timestamp", "value"]
    rows = [
        f"{row['sensor_id']},{row['timestamp']:%Y-%m-%dT%H:%M:%S.%fZ},{row['value']}"
        for row in table.to_pylist()
    ]
    assert rows == lines(CANONICAL)[1:]


async def test_readings_of_one_sensor_in_a_range(client: Client) -> None:
    file_id = await processed(client, "export.csv", CANONICAL)
    answer = await exported(
        client,
        file_id,
        sensor="export-1",
        **{"from": "2026-03-01T00:10:00Z", "to": "2026-03-01T01:19:00+01:00"},
    )
    expected = [
        line
        for line in lines(CANONICAL)[1:]
        if line.startswith("export-1,") and "T00:10" <= line.split(",")[1][10:16] < "T00:19"
    ]
    assert answer.text.splitlines()[1:] == expected
    assert len(expected) == 3


@pytest.mark.parametrize("accept", ["text/csv", "application/vnd.apache.parquet"])
async def test_a_failed_file_has_no_readings(client: Client, accept: str) -> None:
    file_id = await processed(client, "doubt.csv", b"when,what\nsoon,something\n")
    answer = await exported(client, file_id, accept)
    assert answer.status_code == 200
    if accept == "text/csv":
        assert answer.text == "sensor_id,timestamp,value\n"
    else:
        assert pq.read_table(io.BytesIO(answer.content)).num_rows == 0


async def test_an_unknown_file_is_404(client: Client) -> None:
    answer = await exported(client, "01900000-0000-7000-8000-000000000000")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_file")


async def test_the_command_line_exports_to_a_file(
    client: Client, stack: Stack, tmp_path: Path
) -> None:
    file_id = await processed(client, "export.csv", CANONICAL)
    command = Command(stack.endpoints["CSV_PROCESSOR_API"])
    done = command("export", file_id)
    assert (done.code, done.out.splitlines()) == (0, lines(CANONICAL))
    to = tmp_path / "readings.parquet"
    assert command("export", file_id, "--to", "parquet", "-o", str(to)).code == 0
    assert pq.read_table(to).num_rows == len(lines(CANONICAL)) - 1
