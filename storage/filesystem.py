"""Objects in a folder: a bucket is a folder in it, a key a path in that."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from obstore.store import LocalStore

from schemas.bucket_names import is_bucket_name
from schemas.errors import Service, Unavailable
from storage.obstore_base import ObstoreObjects


class FilesystemObjects(ObstoreObjects):
    """An `ObjectStore` on the file system."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self._root = root

    def _open(self, bucket: str, *, writing: bool) -> LocalStore:
        del writing
        if not is_bucket_name(bucket) or not (self._root / bucket).is_dir():
            raise FileNotFoundError(bucket)
        return LocalStore(self._root / bucket)

    async def ping(self, bucket: str) -> None:
        """Raise `Unavailable` unless the bucket's folder is there and writable."""
        folder = self._root / bucket
        if not await asyncio.to_thread(os.access, folder, os.R_OK | os.W_OK | os.X_OK):
            raise Unavailable(Service.STORE, f"{folder} does not exist or cannot be written")

    async def ensure_bucket(self, bucket: str) -> None:
        """Create the bucket's folder if it does not exist."""
        if not is_bucket_name(bucket):
            raise ValueError(f"{bucket!r} is no bucket name")
        try:
            await asyncio.to_thread((self._root / bucket).mkdir, parents=True, exist_ok=True)
        except OSError as exc:
            raise Unavailable(Service.STORE, f"bucket {bucket}: {exc}") from exc
