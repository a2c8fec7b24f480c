"""The file_id of a file: it follows from what the file is, whichever process takes it in, and
however often. Doing it twice writes the same file twice, which is not visible."""

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
    # No upload has these: they are of members, or known when the file is read.
    *("parent_id", "parent_generation", "member", "container", "unpacked_members"),
    # Whether its bytes are known depends on when it is taken in.
    *("same_bytes", "forced"),
}


def file_id_of(*identity: object) -> str:
    """The id that follows from an identity; its parts are distinguished whatever is in them.

    Of an object in the store the identity is (bucket, key, ETag).
    """
    return str(uuid.uuid5(_NAMESPACE, orjson.dumps([str(part) for part in identity]).decode()))


# Characters of a container's id that the ids of its members begin with, so that they are neighbours
# in every table that is ordered by file_id. 60 bits of a UUID, up to the third dash.
_SHARED: Final = 19


def members_prefix(parent_id: str) -> str:
    """What the ids of the members of a container begin with, and hardly any others."""
    return parent_id[:_SHARED]


def member_file_id(parent_id: str, name: str, occurrence: int) -> str:
    """The id of a member of a container, the same whenever the container is unpacked.

    Args:
        name: the member's name in the container.
        occurrence: how many members before it have that name.
    """
    own = file_id_of("member", parent_id, name, occurrence)
    return members_prefix(parent_id) + own[_SHARED:]


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
