"""Which parts of a stack are real programs in place of the stand-ins, by the environment."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KAFKA_JARS: Final = "EMBEDDED_KAFKA_JARS"
MINIO: Final = "EMBEDDED_MINIO"
MINIO_FLAGS: Final = "EMBEDDED_MINIO_FLAGS"
SEAWEEDFS: Final = "EMBEDDED_SEAWEEDFS"
# The variables that say where a part is; for a part the runner does not run they may be given.
_ADDRESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "broker": ("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_FLAVOUR"),
    "store": ("STORE_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_REGION"),
    "clickhouse": ("CLICKHOUSE_URL",),
}


@dataclass(frozen=True, slots=True)
class RealParts:
    """`kafka_jars`: a folder of jars; `minio`, `seaweedfs`: the programs, at most one of them.

    None: the stand-in from a wheel. `minio_flags`: what MinIO is started with besides.
    """

    kafka_jars: Path | None = None
    minio: Path | None = None
    seaweedfs: Path | None = None
    minio_flags: tuple[str, ...] = ()

    @classmethod
    def of(cls, env: Mapping[str, str]) -> RealParts:
        """From the environment, by default none. SeaweedFS is preferred to MinIO."""

        def path(name: str) -> Path | None:
            value = env.get(name)
            return Path(value) if value else None

        seaweedfs = path(SEAWEEDFS)
        flags = tuple(shlex.split(env.get(MINIO_FLAGS) or ""))
        return cls(path(KAFKA_JARS), None if seaweedfs else path(MINIO), seaweedfs, flags)

    @property
    def store(self) -> bool:
        """Whether the object store is a real program."""
        return self.minio is not None or self.seaweedfs is not None


def elsewhere(env: Mapping[str, str], parts: Collection[str]) -> dict[str, str]:
    """The addresses in `env` of services that are not among `parts`: this stack does not run them."""
    names = [n for part, names in _ADDRESSES.items() if part not in parts for n in names]
    return {name: env[name] for name in names if env.get(name)}
