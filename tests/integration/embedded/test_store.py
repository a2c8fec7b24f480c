"""The embedded object store after it was killed."""

from __future__ import annotations

from pathlib import Path

from runtime.settings import ServiceSettings
from schemas.events import ObjectRef
from storage.factory import open_store
from tests.harness.services import S3_KEY, S3_SECRET, nanio

BUCKET = "raw-files"


async def test_an_object_whose_write_was_killed_is_written_again(tmp_path: Path) -> None:
    service = nanio(tmp_path)
    service.start()
    store = open_store(
        ServiceSettings(
            kafka_bootstrap_servers="127.0.0.1:9",
            clickhouse_url="http://127.0.0.1:9/none",
            store_url=f"s3://{BUCKET}",
            s3_endpoint=f"http://127.0.0.1:{service.port}",
            s3_access_key=S3_KEY,
            s3_secret_key=S3_SECRET,
        )
    )
    ref = ObjectRef(bucket=BUCKET, key="partials/f-1/1/9")
    try:
        await store.ensure_bucket(BUCKET)
        await store.put_bytes(ref, b"before")
        (described,) = tmp_path.glob("nanio/*/.nanio-meta/partials/f-1/1/9.json")
        # As a kill leaves it.
        described.with_suffix(".json.tmp").write_bytes(b"{")
        await store.put_bytes(ref, b"after")
        assert bytes(await store.get_range(ref, 0, 5)) == b"after"
        assert [i.ref.key async for i in store.list(BUCKET, "")] == [ref.key]
        temporary = sorted(path.name for path in described.parent.iterdir())
        assert temporary == ["9.json", "9.json.tmp"]
    finally:
        await store.close()
        service.kill()
