"""Containers for tests: archives and workbooks made of named members."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping

HEADER = "sensor_id,timestamp,value\n"


def readings(sensor: str, count: int, first: int = 0) -> bytes:
    """A file of `count` readings of one sensor with the values `first`, `first + 1`, ..."""
    rows = (
        f"{sensor},2026-03-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z,{first + n}\n"
        for n in range(count)
    )
    return (HEADER + "".join(rows)).encode()


def zip_of(members: Mapping[str, bytes]) -> bytes:
    """A ZIP archive, deflated."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def tar_of(members: Mapping[str, bytes], mode: str = "w:gz") -> bytes:
    """A tar archive."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()
