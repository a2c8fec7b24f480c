"""Keys that S3 takes and obstore does not end no listing."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest

from storage.s3 import S3Objects
from storage.s3_access import S3Access

PAGE = 1000


class Bucket(http.server.ThreadingHTTPServer):
    """Answers any request with a list of its keys, a thousand at a time, as S3 does."""

    def __init__(self, keys: list[str]) -> None:
        super().__init__(("127.0.0.1", 0), Listing)
        self.keys = sorted(keys, key=str.encode)


class Listing(http.server.BaseHTTPRequestHandler):
    server: Bucket

    def do_GET(self) -> None:
        asked = parse_qs(urlsplit(self.path).query)
        after = asked.get("continuation-token", asked.get("start-after", [""]))[0]
        prefix = asked.get("prefix", [""])[0]
        found = [k for k in self.server.keys if k > after and k.startswith(prefix)]
        page = found[:PAGE]
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>2026-03-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{len(key)}&quot;</ETag><Size>3</Size></Contents>"
            for key in page
        )
        more = len(found) > PAGE
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        body = (
            f"<?xml version='1.0'?><ListBucketResult><Name>inbox</Name><KeyCount>{len(page)}</KeyCount>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}{contents}</ListBucketResult>"
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def odd() -> str:
    """A key that S3 takes and obstore does not."""
    return "b//odd.csv"


@pytest.fixture
def keys(odd: str) -> list[str]:
    return [
        *(f"a/{n:04}.csv" for n in range(2 * PAGE)),
        *("b/1.csv", odd, "b/ü 1%2F.csv", "c/./odd.csv"),
        *(f"d/{n:04}.csv" for n in range(2 * PAGE)),
    ]


@pytest.fixture
def bucket(keys: list[str]) -> Iterator[Bucket]:
    with Bucket(keys) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("prefix", ["", "b/"])
async def test_a_key_with_an_empty_part_ends_no_listing(
    bucket: Bucket, keys: list[str], odd: str, prefix: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = S3Objects(S3Access(f"http://127.0.0.1:{bucket.server_port}", "key", "secret"))
    found = [info async for info in store.list("inbox", prefix)]
    await store.close()
    read = [k for k in keys if "//" not in k and "/./" not in k and k.startswith(prefix)]
    assert sorted(info.ref.key for info in found) == sorted(read)
    assert {(info.size, info.etag) for info in found} == {(3, str(len(k))) for k in read}
    assert odd in caplog.text
