"""Which object store a URL means."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from runtime.settings.groups import StoreSettings
from storage.base import ObjectStore
from storage.filesystem import FolderObjects
from storage.local_reads import LocalReads
from storage.s3 import S3Access, S3Objects


def open_store(url: str, access: S3Access | None = None, folder: Path | None = None) -> ObjectStore:
    """The store that holds the bucket of `url`: `s3://bucket` or `file:///folder/bucket`.

    `access` says where the S3 service is; it is needed with s3://. `folder` is where that service
    keeps its objects, if that is on this machine. Nothing is connected to yet.

    Raises:
        ValueError: where the URL is of neither kind, or `access` is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        if access is None:
            raise ValueError("s3:// needs the address and the keys of the S3 service")
        return S3Objects(access) if folder is None else LocalReads(access, folder)
    if parts.scheme == "file":
        return FolderObjects(Path(unquote(parts.path)).parent)
    raise ValueError(f"{url!r} is neither s3://bucket nor file:///folder/bucket")


def access_of(settings: StoreSettings) -> S3Access | None:
    """Where the S3 service of `settings` is; None where they name none."""
    if settings.s3_endpoint and settings.s3_access_key and settings.s3_secret_key:
        return S3Access(
            settings.s3_endpoint,
            settings.s3_access_key,
            settings.s3_secret_key,
            settings.s3_region,
            settings.s3_ca_file,
        )
    return None


def store_of(settings: StoreSettings) -> ObjectStore:
    """The store that `settings` name; their `bucket` is the one to use."""
    return open_store(settings.store_url, access_of(settings), settings.s3_local_folder)
