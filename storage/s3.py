"""Objects in MinIO, S3 and what speaks their protocol."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import obstore
from obstore.store import S3Store

from schemas.bucket_names import is_bucket_name
from schemas.errors import Service, Unavailable
from schemas.events import ObjectRef
from storage import presigned
from storage.abortable_stream import AbortableStream
from storage.base import AccessDenied, ObjectInfo, ObjectMissing
from storage.errors import STORE_ERRORS, translate
from storage.obstore_base import ObstoreObjects, answered, etag_text
from storage.s3_access import S3Access
from storage.s3_admin import make_bucket
from storage.s3_listing import pages_after

# A refused connection is given up within a second, one that drops again and again within five.
_RETRY: Any = {
    "max_retries": 3,
    "retry_timeout": timedelta(seconds=5),
    "backoff": {
        "init_backoff": timedelta(milliseconds=50),
        "max_backoff": timedelta(seconds=1),
        "base": 2,
    },
}
# A request as a whole is only bounded against a store that hangs: what counts is progress.
_CLIENT: Any = {
    "allow_http": True,
    "connect_timeout": timedelta(seconds=3),
    "read_timeout": timedelta(seconds=15),
    "timeout": timedelta(hours=12),
    "pool_idle_timeout": timedelta(seconds=20),
}
# While a body is sent nothing is read, and the end of a multipart upload may keep a store busy for
# long if the object is large (it may copy all parts).
_WRITING: Any = {"read_timeout": timedelta(seconds=120)}
_PING_SECONDS = 3.0
# S3 takes at most 5 GiB in one request.
_ONE_REQUEST_BYTES = 4 << 30
_SIGNED_FOR = timedelta(hours=12)
# Of a deletion on condition: the object is gone, or was replaced; or the store takes no conditions.
_NOT_THERE = (404, 412)
_NO_CONDITIONS = (400, 501)


class S3Objects(ObstoreObjects):
    """An `ObjectStore` on an S3 service."""

    def __init__(self, access: S3Access) -> None:
        super().__init__()
        self._access = access
        # Buckets whose listing has named objects that cannot be read.
        self._warned: set[str] = set()

    def _open(self, bucket: str, *, writing: bool) -> S3Store:
        if not is_bucket_name(bucket):
            raise FileNotFoundError(bucket)
        return S3Store(
            bucket,
            endpoint=self._access.endpoint,
            access_key_id=self._access.access_key,
            secret_access_key=self._access.secret_key,
            region=self._access.region,
            virtual_hosted_style_request=False,
            # A signed payload is hashed once more on our side and on theirs; the API has hashed
            # it already, and TLS is there against a hostile network.
            unsigned_payload=True,
            # Deleting one object by the bulk call is the slower way, and not known everywhere.
            disable_bulk_delete=True,
            client_options=self._client_options() | (_WRITING if writing else {}),
            retry_config=_RETRY,
        )

    def _client_options(self) -> Any:
        ca_file = self._access.ca_file
        return _CLIENT | {"root_certificate": ca_file.read_bytes()} if ca_file else _CLIENT

    async def _put_large(self, ref: ObjectRef, source: AbortableStream, size: int | None) -> str:
        """Write an object in one request where its size is known, else in parts."""
        if size is None or size > _ONE_REQUEST_BYTES:
            return await super()._put_large(ref, source, size)
        url = await obstore.sign_async(
            self._handle(ref.bucket, writing=True), "PUT", ref.key, _SIGNED_FOR
        )
        try:
            answer = await presigned.put(url, source, size, self._access.ca_file)
        except presigned.Interrupted as exc:
            raise Unavailable(Service.STORE, str(exc)) from exc
        if answer.status == 404:
            raise Unavailable(Service.STORE, f"bucket {ref.bucket} does not exist")
        if answer.status >= 300:
            said = answer.code or f"status {answer.status}"
            raise Unavailable(Service.STORE, f"it refused the object: {said}")
        return etag_text(answer.headers.get("etag"))

    async def _delete(self, ref: ObjectRef) -> None:
        """Remove an object; of one with an ETag, the content that was seen just now.

        Stores that know the condition (S3, SeaweedFS) keep what another producer puts into its place
        in this moment; others (MinIO) remove it.
        """
        etag = ref.etag
        if etag is None or not (etag.isascii() and etag.isprintable()):
            await super()._delete(ref)
            return
        handle, key = self._at(ref)
        url = await obstore.sign_async(handle, "DELETE", key, _SIGNED_FOR)
        try:
            answer = await answered(presigned.delete(url, etag, self._access.ca_file))
        except presigned.Interrupted as exc:
            raise Unavailable(Service.STORE, str(exc)) from exc
        if answer.status in _NO_CONDITIONS:
            await super()._delete(ref)
        elif answer.status in (401, 403):
            raise AccessDenied(ref)
        elif answer.status >= 300 and answer.status not in _NOT_THERE:
            said = answer.code or f"status {answer.status}"
            raise Unavailable(Service.STORE, f"it did not delete the object: {said}")

    async def _list_after(
        self, bucket: str, prefix: str, last: str | None
    ) -> AsyncIterator[ObjectInfo]:
        """Objects after the key `last`, those with keys that no object can be read by left out."""
        async for page in pages_after(self._access, bucket, prefix, last, self._warned):
            for info in page:
                yield info

    async def ping(self, bucket: str) -> None:
        """Raise `Unavailable` unless the store answers and has the bucket."""
        where = ObjectRef(bucket=bucket, key="ping/")
        try:
            async with asyncio.timeout(_PING_SECONDS):
                async for _ in obstore.list(self._handle(bucket), where.key):
                    break
        except TimeoutError as exc:
            raise Unavailable(
                Service.STORE, f"no answer within {_PING_SECONDS:.0f} seconds"
            ) from exc
        except STORE_ERRORS as exc:
            failure = translate(exc, where, reading=True)
            # A listing of a bucket that does not exist fails in another way than an object does.
            if isinstance(failure, ObjectMissing) or "<Code>NoSuchBucket</Code>" in str(exc):
                failure = Unavailable(Service.STORE, f"bucket {bucket} does not exist")
            raise failure from exc

    async def ensure_bucket(self, bucket: str) -> None:
        """Create the bucket if it does not exist."""
        await asyncio.to_thread(make_bucket, self._access, bucket)
