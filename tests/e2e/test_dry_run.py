"""The dry run's document is the one that the file really gets, for every sort of file."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.render import file_lines
from dryrun.request import DryRunRequest, EngineSettings
from dryrun.run import dry_run
from runtime.zstd import zstd
from schemas.file_document import encode
from tests.conftest import KEPT_INVALID_ROWS
from tests.harness.client import Client
from tests.harness.sensor_files import KINDS, SensorFile, generate

SAMPLES = Path(__file__).parents[2] / "samples"
# What a file that is not there cannot have, and what differs from run to run.
_OWN = ("file_id", "upload_time", "processing_ms", "links")


def _damaged(data: bytes) -> bytes:
    return data[: len(data) // 2] + random.Random(5).randbytes(200)


def _latin(data: bytes) -> bytes:
    return data.replace(b"s", "Fühler-€".encode()).decode().encode("cp1252")


def _files() -> list[SensorFile]:
    files = [SensorFile(path.name, path.read_bytes()) for path in sorted(SAMPLES.glob("*.csv"))]
    files += [generate(kind, 700, seed=11) for kind in KINDS]
    clean, dirty = generate("clean", 900, seed=12).data, generate("dirty", 900, seed=13).data
    unicode = generate("unicode", 300, seed=14).data.decode()
    files += [
        SensorFile("utf-16-with-mark.csv", unicode.encode("utf-16")),
        SensorFile("utf-16-be-without-mark.csv", unicode.encode("utf-16-be")),
        SensorFile("utf-16-cut-in-a-unit.csv", unicode.encode("utf-16")[:-1]),
        SensorFile("lone-surrogates.csv", ("a\ud83d,2024-05-01,1\n" * 3).encode("utf-16", "surrogatepass")),
        SensorFile("windows-1252.csv", _latin(clean)),
        SensorFile("members.csv.gz", gzip.compress(dirty[:5_000]) + gzip.compress(dirty[5_000:])),
        SensorFile("name-says-nothing.csv", zstd.compress(dirty)),
        SensorFile("utf-16-in-zstd.csv.zst", zstd.compress(unicode.encode("utf-16"))),
        SensorFile("truncated.csv.gz", gzip.compress(dirty)[:-2_000]),
        SensorFile("truncated-in-the-header.csv.gz", gzip.compress(dirty)[:15]),
        SensorFile("corrupt.csv.gz", _damaged(gzip.compress(clean))),
        SensorFile("corrupt.csv.zst", _damaged(zstd.compress(clean))),
        SensorFile("not-gzip-at-all.csv.gz", bytes(range(200)) * 3),
        SensorFile("plain-text.csv.gz", clean),
        SensorFile("bomb.csv.gz", gzip.compress(b"a,2024-05-01,1\n" * 1_500_000, 9)),
        SensorFile("picture.csv", (SAMPLES / "not-a-csv.png").read_bytes()),
        SensorFile("document.csv", b"%PDF-1.7\n%\xe2\xe3\n"),
        SensorFile("old-workbook.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        SensorFile("data.csv", b'[{"sensor_id": "a", "value": 1}]'),
        SensorFile("compressed-twice.csv.gz", gzip.compress(gzip.compress(clean))),
        SensorFile("nothing-inside.csv.gz", gzip.compress(b"")),
    ]  # fmt: skip
    return files


def _common(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in _OWN}


@pytest.mark.slow
async def test_the_document_of_every_file_is_what_the_dry_run_said(client: Client) -> None:
    files = _files()
    answers = [await client.upload(file, params={"force": "true"}) for file in files]
    for file, answer in zip(files, answers, strict=True):
        real = await client.ended(answer.json()["file_id"])
        made = dry_run([file.data], DryRunRequest(filename=file.name))
        assert _common(json.loads(encode(made))) == _common(real), file.name
        damage = file.name.partition(".")[0].partition("-")[0]
        if damage in ("truncated", "corrupt"):
            assert real["error"].startswith("compression_"), file.name


async def test_the_end_of_details_of_invalid_rows_is_reported_alike(client: Client) -> None:
    rows = KEPT_INVALID_ROWS + 500
    lines = [b"missing-%d" % n for n in range(rows)]
    for place in (rows - 10, 20_000, 0):
        lines.insert(place, b"a,2024-05-01,1")
    file = SensorFile("hopeless.csv", b"\n".join([b"sensor_id,timestamp,value", *lines]))
    real = await client.ended((await client.upload(file)).json()["file_id"])
    limit = real["limit_reached"]
    assert (limit["code"], limit["through_row"]) == ("too_many_invalid_rows", KEPT_INVALID_ROWS + 2)
    assert (real["invalid_count"], real["codes"]) == (rows, {"missing_fields": rows})
    seen = await client.sql(
        "SELECT count() AS n, max(row) AS last FROM csv_processor.invalid_rows "
        "WHERE file_id = {id:String}",
        id=real["file_id"],
    )
    assert seen == [{"n": KEPT_INVALID_ROWS, "last": limit["through_row"]}]
    listed = await client.sql(
        "SELECT invalid_rows_through AS last, invalid_count AS n FROM csv_processor.files"
        " WHERE file_id = {id:String}",
        id=real["file_id"],
    )
    assert listed == [{"n": rows, "last": limit["through_row"]}]
    response = await client.request(
        "POST", "/api/v1/validate", content=file.data, params={"filename": file.name}
    )
    assert _common(response.json()) == _common(real)
    for batch_bytes in (100_000, 8 << 20):
        request = DryRunRequest(
            filename=file.name,
            max_stored_invalid_rows=KEPT_INVALID_ROWS,
            engine=EngineSettings(batch_bytes=batch_bytes),
        )
        assert dry_run([file.data], request)["limit_reached"] == limit
    request = DryRunRequest(filename=file.name, max_stored_invalid_rows=rows)
    assert dry_run([file.data], request)["limit_reached"] is None
    assert f"limit     {limit['reason']}" in file_lines(real)


@pytest.mark.parametrize(
    ("compress", "encoding"), [(gzip.compress, "gzip"), (zstd.compress, "zstd"), (None, None)]
)
async def test_over_http_nothing_is_stored(
    client: Client, compress: Callable[[bytes], bytes] | None, encoding: str | None
) -> None:
    file = generate("dirty", 400, seed=21)
    data = compress(file.data) if compress else file.data
    headers = {"Content-Encoding": encoding} if encoding else {}
    params = {"filename": f"never-stored-{encoding}.csv"}
    response = await client.request(
        "POST", "/api/v1/validate", content=data, params=params, headers=headers
    )
    assert response.status_code == 200, response.text
    document = response.json()
    expected = dry_run(
        [data], DryRunRequest(filename=params["filename"], content_encoding=encoding)
    )
    assert _common(document) == _common(json.loads(encode(expected)))
    assert (document["file_id"], document["links"]) == (None, {})
    assert document["dialect"]["compression"]["value"] == encoding
    assert (await client.get("/api/v1/files", q="never-stored"))["items"] == []


async def test_options_hold_over_http_and_precede_the_file(client: Client) -> None:
    body = b"a;2024-05-01;1,5\n"
    files = {"file": ("a.csv", body, "text/csv")}
    response = await client.request(
        "POST", "/api/v1/validate", files=files, params={"delimiter": ",", "header": "false"}
    )
    # With that delimiter the file has no columns that could be read.
    assert "layout_unknown" in response.json()["error"]
    form = b"--x\r\nContent-Disposition: form-data; name=%s\r\n\r\n%s\r\n"
    part = form % (b'"file"; filename="a.csv"', body)
    option = form % (b'"delimiter"', b",")
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    before = await client.request(
        "POST", "/api/v1/validate", content=option + part + b"--x--\r\n", headers=kind
    )
    assert "layout_unknown" in before.json()["error"]
    large = form % (b'"file"; filename="a.csv"', body * 60_000)
    late = await client.request(
        "POST", "/api/v1/validate", content=large + option + b"--x--\r\n", headers=kind
    )
    assert (late.status_code, late.json()["code"]) == (400, "invalid_parameter")
    assert "must precede the file" in late.json()["detail"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0", "invalid_parameter_type"),
        ("a.csv", b"", "missing_file"),
    ],
)
async def test_what_an_upload_refuses(client: Client, name: str, data: bytes, code: str) -> None:
    for path in ("/api/v1/files", "/api/v1/validate"):
        kind = {"Content-Type": "application/octet-stream"}
        response = await client.request(
            "POST", path, content=data, params={"filename": name}, headers=kind
        )
        assert (response.status_code, response.json()["code"]) == (400, code)
        if data:
            assert "looks like a PNG image" in response.json()["detail"].replace("look ", "looks ")


async def test_several_at_once(client: Client) -> None:
    data = generate("clean", 200, seed=31).data

    async def one(number: int) -> int:
        response = await client.request(
            "POST", "/api/v1/validate", content=data, params={"filename": f"{number}.csv"}
        )
        rows: int = response.json()["aggregations"]["row_count"]
        return rows

    assert await asyncio.gather(*(one(n) for n in range(4))) == [200] * 4
