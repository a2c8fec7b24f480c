"""Opens the object store that a configuration names."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from storage.base import ObjectStore
from storage.filesystem import FilesystemObjects
from storage.local_objects import LocalObjects
from storage.s3 import S3Objects
from storage.s3_access import S3Access


class StoreConfig(Protocol):
    """What has to be known of a store; the settings of API and workers have it."""

    @property
    def store_url(self) -> str: ...
    @property
    def s3_endpoint(self) -> str | None: ...
    @property
    def s3_access_key(self) -> str | None: ...
    @property
    def s3_secret_key(self) -> str | None: ...
    @property
    def s3_region(self) -> str: ...
    @property
    def s3_ca_file(self) -> Path | None: ...
    @property
    def s3_local_folder(self) -> Path | None: ...


def open_store(config: StoreConfig) -> ObjectStore:
    """The store of `config`. Nothing is connected to yet.

    Raises:
        ValueError: the URL is neither s3:// nor file:///, or address or keys are missing.
    """
    return store_at(config.store_url, s3_access(config), config.s3_local_folder)


def store_at(url: str, access: S3Access | None = None, folder: Path | None = None) -> ObjectStore:
    """The store that holds the bucket of `url`: `s3://bucket` or `file:///folder/bucket`.

    Args:
        url: the bucket.
        access: address and credentials of the S3 service; needed with s3://.
        folder: the folder in which that service keeps its objects, if it is on this machine.

    Raises:
        ValueError: the URL is neither s3:// nor file:///, or `access` is missing.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        if access is None:
            raise ValueError("s3:// needs the address and the keys of the S3 service")
        return S3Objects(access) if folder is None else LocalObjects(access, folder)
    if parts.scheme == "file":
        return FilesystemObjects(Path(unquote(parts.path)).parent)
    raise ValueError(f"{url!r} is neither s3://bucket nor file:///folder/bucket")


def s3_access(config: StoreConfig) -> S3Access | None:
    """Address and credentials of the S3 service of `config`; None if it has none."""
    if config.s3_endpoint and config.s3_access_key and config.s3_secret_key:
        return S3Access(
            config.s3_endpoint,
            config.s3_access_key,
            config.s3_secret_key,
            config.s3_region,
            config.s3_ca_file,
        )
    return None
