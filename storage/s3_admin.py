"""What `migrate` does to an S3 service: creates buckets, and configures notifications of new objects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from schemas.errors import Service, Unavailable
from storage.presigned import trusting
from storage.s3_access import S3Access

if TYPE_CHECKING:
    from minio import Minio

_CREATED: Final = "s3:ObjectCreated:*"
# Another process may have made it in between.
_THERE: Final = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


def make_bucket(access: S3Access, bucket: str) -> None:
    """Create `bucket` if it does not exist.

    Raises:
        Unavailable: the service is unavailable, or rejects the request.
    """

    def make(client: Minio) -> None:
        if not client.bucket_exists(bucket):
            client.make_bucket(bucket)

    _call(access, bucket, make)


def make_inbox(access: S3Access, bucket: str, arn: str | None) -> None:
    """Create `bucket` and subscribe the notification target `arn` to its new objects.

    Other notification rules of the bucket stay. Without `arn` none is added, nor removed.

    Raises:
        Unavailable: the service is unavailable, or rejects the call (it does not know `arn`).
    """
    make_bucket(access, bucket)
    if not arn:
        return
    from minio.notificationconfig import QueueConfig

    def notify(client: Minio) -> None:
        config = client.get_bucket_notification(bucket)
        queues = config.queue_config_list or []
        ours = [queue for queue in queues if _target(queue.queue or "") == _target(arn)]
        if not any(_CREATED in queue.events for queue in ours):
            others = [queue for queue in queues if queue not in ours]
            new = replace(
                config, queue_config_list=[*others, QueueConfig(queue=arn, events=[_CREATED])]
            )
            client.set_bucket_notification(bucket, new)

    _call(access, bucket, notify)


def _target(arn: str) -> tuple[str, ...]:
    """An ARN without its region, which the service may fill in."""
    fields = arn.split(":")
    return (*fields[:3], *fields[4:])


def _call(access: S3Access, bucket: str, action: Callable[[Minio], None]) -> None:
    from minio.error import S3Error

    try:
        with connected(access, bucket) as client:
            action(client)
    except Unavailable as exc:
        if not isinstance(exc.__cause__, S3Error) or exc.__cause__.code not in _THERE:
            raise


@contextmanager
def connected(access: S3Access, bucket: str) -> Iterator[Minio]:
    """A client for what obstore has no calls for, on `bucket`.

    Raises:
        Unavailable: the service is unavailable, or rejects a call.
    """
    # Imported here: hardly anything needs it.
    import urllib3
    from minio import Minio
    from minio.error import MinioException, S3Error

    parts = urlsplit(access.endpoint)
    pool = urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=3, read=10),
        retries=False,
        ssl_context=trusting(access.ca_file),
    )
    client = Minio(
        parts.netloc,
        access_key=access.access_key,
        secret_key=access.secret_key,
        region=access.region,
        secure=parts.scheme == "https",
        http_client=pool,
    )
    try:
        yield client
    except S3Error as exc:
        raise Unavailable(Service.STORE, f"bucket {bucket}: {exc.code}: {exc.message}") from exc
    except (urllib3.exceptions.HTTPError, MinioException, OSError) as exc:
        raise Unavailable(Service.STORE, f"bucket {bucket}: {exc}"[:300]) from exc
    finally:
        pool.clear()
