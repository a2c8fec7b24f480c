"""The file_id of what was announced: it follows from what the file is, however often it is said."""

from __future__ import annotations

import uuid
from typing import Final

import orjson

# Names of this namespace are identities of announced files.
_NAMESPACE: Final = uuid.UUID("5b0c1b8e-6f0e-4c39-9d5c-3f6d1b5a7c11")


def file_id_of(*identity: object) -> str:
    """The id that follows from an identity; its parts are told apart whatever is in them.

    Of an object in the store the identity is (bucket, key, ETag).
    """
    return str(uuid.uuid5(_NAMESPACE, orjson.dumps([str(part) for part in identity]).decode()))
