"""The file_id of a file: it follows from what the file is, whichever process takes it in, and
however often. Doing it twice writes the same file twice, which nobody can see."""

from __future__ import annotations

import uuid
from typing import Final

import orjson

from schemas.events import FileUploaded

# Names of this namespace are identities of files.
_NAMESPACE: Final = uuid.UUID("5b0c1b8e-6f0e-4c39-9d5c-3f6d1b5a7c11")
# Members of an upload that differ between two attempts at it. All others decide how the file is
# read, so two attempts that differ there are two files: their batches could not be mixed.
_OF_ONE_ATTEMPT: Final = {
    *("file_id", "generation", "raw", "upload_time", "requested_at", "idempotency_key"),
    "owner",
}


def file_id_of(*identity: object) -> str:
    """The id that follows from an identity; its parts are told apart whatever is in them.

    Of an object in the store the identity is (bucket, key, ETag).
    """
    return str(uuid.uuid5(_NAMESPACE, orjson.dumps([str(part) for part in identity]).decode()))


def upload_file_id(upload: FileUploaded, *, forced_as: str | None = None, life: int = 0) -> str:
    """The id of an uploaded file.

    Args:
        upload: what is known of the file; its `file_id`, `raw`, time and key do not matter.
        forced_as: for a file that was uploaded although its name and bytes are known: the
            idempotency key of that upload.
        life: how many files with this identity were deleted before. A deleted id stays deleted.
    """
    definition = upload.model_dump(mode="json", exclude=_OF_ONE_ATTEMPT, exclude_none=True)
    text = orjson.dumps(definition, option=orjson.OPT_SORT_KEYS).decode()
    return file_id_of("upload", text, forced_as or "", life)
