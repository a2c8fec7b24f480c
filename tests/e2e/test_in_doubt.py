"""The document of a file in doubt says what was detected, however the file came and in SQL."""

from __future__ import annotations

import gzip
import io
import json
import uuid
import zipfile

import pytest

from tests.harness.client import Client
from tests.harness.sensor_files import SensorFile


def body() -> bytes:
    """Day first or month first, and no row settles it; its bytes are its own."""
    return b"Zeit;%s\n03/04/2026 10:00;1,5\n04/04/2026 10:00;2\n" % uuid.uuid4().hex.encode()


_LARGE = pytest.param("large", marks=pytest.mark.slow)


@pytest.mark.parametrize("form", ["small", "gzip", _LARGE, "member"])
async def test_the_document_of_a_file_in_doubt_has_what_was_detected(
    client: Client, form: str
) -> None:
    content, name = body(), f"doubt-{uuid.uuid4().hex}.csv"
    if form == "gzip":
        content = gzip.compress(content)
    elif form == "large":
        content += b"05/04/2026 10:00;3\n" * 1_000_000
    elif form == "member":
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(name, content)
        content, name = packed.getvalue(), f"{name}.zip"
    upload = await client.upload(SensorFile(name, content))
    document = await client.ended(upload.json()["file_id"])
    if form == "member":
        found = await client.get("/api/v1/files", parent_id=document["file_id"])
        (member,) = found["items"]
        document = await client.get(f"/api/v1/files/{member['file_id']}")
    assert document["status"] == "failed"
    assert document["error"].startswith("timestamp_ambiguous")
    dialect = document["dialect"]
    assert dialect["settled"] is False
    assert dialect["delimiter"] == {"value": ";", "source": "content"}
    assert dialect["compression"]["value"] == ("gzip" if form == "gzip" else None)
    assert dialect["timestamp"] == {"value": ["Zeit"], "source": "header"}
    assert dialect["timestamp_format"] == {"value": [], "source": None}
    assert [column["role"] for column in dialect["columns"]] == ["timestamp", "value"]
    (row,) = await client.sql(
        "SELECT dialect FROM csv_processor.files WHERE file_id = {id:String}",
        id=document["file_id"],
    )
    assert json.loads(row["dialect"]) == dialect
