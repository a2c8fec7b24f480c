"""The object stores that the contract tests run against, each started when a test first needs it.

MinIO and SeaweedFS are among them if their programs are there (`make test-real`).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from minio import Minio

from embedded.external_services import MINIO
from embedded.minio import minio_part
from embedded.process_spec import Part
from embedded.seaweedfs import seaweedfs_part
from storage.base import ObjectStore
from storage.factory import store_at
from storage.s3_access import S3Access
from tests.harness.services import S3_KEY, S3_SECRET, Service, free_port, nanio
from tests.harness.waiting import wait_until
from tests.real.build import SEAWEEDFS_PROGRAM

BUCKET: Final = "raw-files"
# The folder that nanio keeps below the root of all stores.
_NANIO: Final = "nanio"
# Names of unfinished uploads: parts and temporary files of nanio, staged files of a folder.
_PIECE: Final = re.compile(r"\.bin|\.tmp|#")
_REGION: Final = "us-east-1"


def _minio(program: Path, folder: Path, port: int) -> Part:
    # Nothing listens to its notifications here: no bucket has any.
    return minio_part(port, folder, program, S3_KEY, S3_SECRET, _REGION, "127.0.0.1:9")


def _seaweedfs(program: Path, folder: Path, port: int) -> Part:
    return seaweedfs_part(port, folder, program, S3_KEY, S3_SECRET)


_SERVERS: Final[dict[str, tuple[str, Callable[[Path, Path, int], Part]]]] = {
    "minio": (MINIO, _minio),
    "seaweedfs": (SEAWEEDFS_PROGRAM, _seaweedfs),
}
NAMES: Final = (
    *("s3", "s3, read from its folder", "folder"),
    *(name for name, (variable, _) in _SERVERS.items() if os.environ.get(variable)),
)


@dataclass(slots=True)
class Stores:
    """Opens stores by name, all below one folder; the services end with `ending`."""

    root: Path
    ending: ExitStack
    _services: dict[str, Service] = field(default_factory=dict)

    def open(self, name: str) -> ObjectStore:
        """A client of the store `name`, which is one of NAMES."""
        if name == "folder":
            return store_at((self.root / "folder" / BUCKET).as_uri())
        local = self.root / _NANIO if name == "s3, read from its folder" else None
        return store_at(f"s3://{BUCKET}", self._access(name), local)

    def unfinished(self, name: str) -> set[str]:
        """What the store `name` keeps of uploads that were not completed."""
        if name not in _SERVERS:
            files = (p for p in self.root.rglob("*") if p.is_file() and _PIECE.search(p.name))
            return {str(path) for path in files}
        address = self._access(name).endpoint.removeprefix("http://")
        client = Minio(address, S3_KEY, S3_SECRET, secure=False, region=_REGION)
        # The client has no public call for it.
        listed = client._list_multipart_uploads(BUCKET)
        return {str(upload.object_name) for upload in listed.uploads}

    def _access(self, name: str) -> S3Access:
        return S3Access(f"http://127.0.0.1:{self._service(name).port}", S3_KEY, S3_SECRET)

    def _service(self, name: str) -> Service:
        key = name if name in _SERVERS else _NANIO
        if key not in self._services:
            self._services[key] = service = self._start(key)
            self.ending.callback(service.kill)
        return self._services[key]

    def _start(self, key: str) -> Service:
        if key == _NANIO:
            service = nanio(self.root)
            service.start()
            return service
        variable, make = _SERVERS[key]
        part = make(Path(os.environ[variable]), self.root / key, port := free_port())
        service = Service([*part.command], port, part.env, self.root / f"{key}.log")
        service.start()
        wait_until(part.probe, f"{key} is ready")
        return service
