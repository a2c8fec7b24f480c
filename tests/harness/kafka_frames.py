"""Frames of Kafka's protocol, as far as a proxy has to know them.

A request is `size:int32 api_key:int16 api_version:int16 correlation_id:int32 ...`, an answer
`size:int32 correlation_id:int32 ...` (https://kafka.apache.org/protocol). A broker names its own
address in its answers, so a proxy has to put its own in place of it.
"""

from __future__ import annotations

import asyncio
import io
import struct
from typing import Any, Final

from aiokafka.protocol import coordination, metadata

_SIZE: Final = struct.Struct(">i")
_HEAD: Final = struct.Struct(">hhi")
_METADATA, _FIND_COORDINATOR = 3, 10
_NAMES: Final = {
    0: "Produce", 1: "Fetch", 2: "ListOffsets", _METADATA: "Metadata", 8: "OffsetCommit",
    9: "OffsetFetch", _FIND_COORDINATOR: "FindCoordinator", 18: "ApiVersions", 19: "CreateTopics",
    22: "InitProducerId", 37: "CreatePartitions",
}  # fmt: skip


async def read_frame(reader: asyncio.StreamReader) -> bytes | None:
    """The next frame without its size; None at the end of the connection."""
    try:
        (size,) = _SIZE.unpack(await reader.readexactly(_SIZE.size))
        return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, OSError):
        return None


def framed(frame: bytes) -> bytes:
    """A frame as it is sent."""
    return _SIZE.pack(len(frame)) + frame


def kind_of(request: bytes) -> tuple[int, int]:
    """Key and version of the API that a request calls."""
    key, version, _ = _HEAD.unpack_from(request)
    return key, version


def name_of(request: bytes) -> str:
    """What a request calls, in words."""
    key, version = kind_of(request)
    return f"{_NAMES.get(key, f'API {key}')} v{version}"


def readdressed(answer: bytes, key: int, version: int, host: str, port: int) -> bytes:
    """`answer` with `host:port` as the address of every broker; other answers as they are."""
    if key == _METADATA:
        kind = getattr(metadata, f"MetadataResponse_v{version}", None)
    elif key == _FIND_COORDINATOR:
        kind = getattr(coordination, f"FindCoordinatorResponse_v{version}", None)
    else:
        return answer
    if kind is None:
        raise ValueError(f"API {key} version {version} names addresses this proxy cannot replace")
    decoded: Any = kind.decode(io.BytesIO(answer[4:]))
    values = {name: getattr(decoded, name) for name in decoded.SCHEMA.names}
    if key == _METADATA:
        values["brokers"] = [(node, host, port, *rest) for node, _, _, *rest in values["brokers"]]
    elif values["host"]:
        values |= {"host": host, "port": port}
    encoded: bytes = kind(**values).encode()
    return answer[:4] + encoded
