"""nanio: S3 on a folder, for a machine without MinIO."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from embedded.probe import port_open
from embedded.process_spec import Part

# A body comes in pieces of some 100 KB. glibc would map and unmap memory for each of them; kept
# instead, it makes an upload a quarter cheaper (0.9 s of CPU instead of 1.2 s for 348 MB).
_ALLOCATION: Final = {
    "MALLOC_MMAP_THRESHOLD_": str(64 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}


def store_part(port: int, folder: Path, access_key: str, secret_key: str, region: str) -> Part:
    """nanio on a port of the loopback interface, its buckets as folders in `folder`.

    The keys are handed over in the environment, where `ps` does not show them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return Part(
        name="store",
        command=(
            sys.executable,
            "-m",
            "embedded.nanio",
            "serve",
            "--data-dir",
            str(folder),
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            "--region",
            region,
            "--log-level",
            "warning",
            "--no-access-log",
        ),
        env={"NANIO_ACCESS_KEY": access_key, "NANIO_SECRET_KEY": secret_key, **_ALLOCATION},
        probe=lambda: port_open(port),
        stop_seconds=5.0,
    )
